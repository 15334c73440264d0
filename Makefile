# Two commands on a fresh machine with Python 3.11 or newer:
#   make run     sets up its own environment, checks Alna Aktiv, and opens the page that it makes of that
#   make test    sets up the same environment and runs all tests
# and `make quick` for every change: all tests but the long ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out/alna_aktiv
LANGUAGE ?= nb
# How many times as many random flows `make verify` tries as `make test`.
TIMES ?= 6
READY := $(VENV)/.ready

.PHONY: run test quick lint types verify pythons schema wasm javascript systems scoreboard reports experiments evaluation year posteriors bench clean

run: $(READY)
	$(BIN)/pilotsim check configs/alna_aktiv.yaml --language $(LANGUAGE) --out $(OUT) --page $(OUT).html --open

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile -rsfE $(ARGS)

# What an engineer runs at every change: all but the long suites.
quick: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow" $(ARGS)

lint: $(READY)
	$(BIN)/ruff check src tests benchmarks fitting manual
	$(BIN)/ruff format --check src tests benchmarks fitting manual

types: $(READY)
	$(BIN)/mypy

# The engines on thousands of random flows, estimators on thousands of simulated evaluations; the results are committed.
verify: $(READY)
	{ echo "make verify TIMES=$(TIMES): PILOTSIM_TIMES=$(TIMES) pytest tests/agreement -v"; \
	  PILOTSIM_TIMES=$(TIMES) $(BIN)/python -m pytest tests/agreement -v \
	  | grep -E "PASSED|FAILED|passed|failed" | sed -E 's/ +\[ *[0-9]+%\]$$//' | sort; } > reports/verify.txt
	tail -n 3 reports/verify.txt
	PILOTSIM_LONG=1 $(BIN)/python -m pytest -n auto --dist loadfile -m long
	PILOTSIM_ENGINES=all $(BIN)/python -m pytest tests/theory tests/simulation/test_invariants.py
	PILOTSIM_DRAWS=2000 $(BIN)/python -m tests.recovery.observational
	$(BIN)/python -m tests.recovery --draws 2000 --out reports/evaluation/recovery.md
	$(BIN)/python -m tests.recovery.contract --draws 400 --out reports/evaluation/contract.md
	$(BIN)/python -m tests.recovery.inference --draws 2000 --out reports/evaluation/inference.md
	$(BIN)/python -m tests.recovery.releases --registers 500 --out reports/evaluation/release.md
	$(BIN)/python -m tests.recovery.lots --draws 2000 --out reports/evaluation/lots.md
	$(BIN)/python -m tests.recovery.learned --flows 200
	$(BIN)/python -m tests.recovery.looks --pilots 1000
	$(BIN)/python -m tests.recovery.followed --pilots 1000
	$(BIN)/python -m tests.files.fuzz --mutants 50000 --out reports/fuzz.txt
	$(BIN)/python -m tests.recovery.long_run --runs 1000 --out reports/long_run.txt
	$(BIN)/python -m tests.recovery.test_calibrated_intervals --seeds 200 --out reports/calibration.txt
	{ echo "make verify: PILOTSIM_TIMES=6 pytest tests/experiments/optimise -k known_least"; PILOTSIM_TIMES=6 $(BIN)/python -m pytest tests/experiments/optimise -k known_least -s \
	  | grep -E "seeds right|passed|failed"; } > reports/search.txt

# The committed hashes on each supported Python that is here, with the newest libraries, and on the oldest with the lowest allowed.
# PYTHONS names those that are not on the PATH.
PYTHONS ?=
pythons:
	$(PYTHON) -m tests.portable.pythons $(foreach python,$(PYTHONS),--python $(python)) $(ARGS)

schema: $(READY)
	for kind in flow module study solve evaluation mapping event-mapping counts portfolio; do $(BIN)/pilotsim schema --kind $$kind --out schema/$$kind.schema.json; done

# The engine as a WebAssembly module, shipped in the wheel. Whoever uses it needs none of these tools.
wasm: $(READY)
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/wasm.txt
	$(BIN)/python -m pilotsim.portable.build

# What checks the types of the library of JavaScript. Whoever uses it needs none of it.
javascript: $(READY)
	npm install --silent --no-audit --no-fund --no-package-lock --prefix $(VENV)/javascript $(shell cat requirements/javascript.txt)

# The documentation as a site, into site/; ends with a fault where a link leads nowhere.
.PHONY: site gallery wheel
site: $(READY)
	$(BIN)/python -m manual --jobs 2

gallery: $(READY)
	$(BIN)/python -m manual.gallery

# What is handed out, into dist/: a wheel and a source distribution with the site and a bill of materials in them.
wheel: site
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/release.txt
	$(BIN)/python -m manual.licences
	$(BIN)/python -m manual.licences --pins | $(BIN)/cyclonedx-py requirements - --pyproject pyproject.toml --output-reproducible --output-file bill_of_materials.json
	$(BIN)/python -m build --outdir dist
	cp bill_of_materials.json dist

reports: $(READY)
	$(BIN)/pilotsim check configs/alna_aktiv.yaml --replications 1000 --what-if-replications 50 --language nb --out reports/alna_aktiv_nb
	$(BIN)/pilotsim check configs/alna_aktiv.yaml --replications 1000 --what-if-replications 50 --language en --out reports/alna_aktiv_en

# What is worth finding out before Alna Aktiv is decided.
.PHONY: value
value: $(READY)
	for language in nb en; do $(BIN)/pilotsim value configs/alna_aktiv.yaml --replications 1000 --language $$language \
	  --out reports/value/alna_aktiv_$$language || exit 1; done

# The studies of experiments/, each worked out again from its runs in both languages. What stands in out/ is gone on with.
STUDIES := alna_caseload alna_116 alna_hangs_on alna_screening alna_referral vilkar_reforms stavanger_corona swedish_batches
SEARCHES := alna_places

experiments: $(READY)
	set -e; for study in $(STUDIES); do \
	  $(BIN)/pilotsim run experiments/$$study.yaml --out out/$$study --language en; \
	  for language in nb en; do $(BIN)/pilotsim analyse out/$$study --out reports/experiments/$${study}_$$language --language $$language; done; done
	set -e; for search in $(SEARCHES); do for language in nb en; do \
	  $(BIN)/pilotsim solve experiments/$$search.yaml --out reports/experiments/$${search}_$$language --language $$language; done; done

# A page about each system, in both languages: drawn, held to what it published, what it hangs on, what was learned.
# As many runs as the studies of the same flows have, and the same seed: what both tell is one number.
SYSTEMS := alna_aktiv vilkar_today vilkar_proposed stavanger_2013 stavanger_2017_2020 stavanger_2021 traning_ger_fardighet assistance_stock assistance_stock_oslo
systems: $(READY)
	for s in $(SYSTEMS); do $(BIN)/pilotsim describe configs/$$s.yaml --notes docs/systems/notes/$$s.yaml --out docs/systems -n 200 --few 12 || exit 1; done

# Every published figure of all flows by what it proves, true tests first, in both languages.
SCORED := $(sort $(wildcard configs/*.yaml)) $(sort $(wildcard configs/programmes/*.yaml))
scoreboard: $(READY)
	$(BIN)/pilotsim scoreboard $(SCORED) -n 500 --language en --markdown docs/scoreboard.md --out reports/scoreboard_en
	$(BIN)/pilotsim scoreboard $(SCORED) -n 500 --language nb --markdown docs/scoreboard_nb.md --out reports/scoreboard_nb

# What designs can be trusted to find: Alna Aktiv, and the study of 40 offices. Some minutes for the first, and for the second.
evaluation: $(READY)
	for name in alna_aktiv forty_offices; do for language in nb en; do \
	  $(BIN)/pilotsim evaluate experiments/$${name}_evaluation.yaml --runs out/runs/$${name}_evaluation --language $$language \
	    --out reports/$${name}_evaluation_$$language || exit 1; done; done

# The worked year of Alna (docs/worked_year.md): a simulated pilot, followed from plan to evaluation.
year: $(READY)
	$(BIN)/python -m tests.recovery.worked_year

# The rows that flows draw their background turnover from, fitted anew to what was published: some ten minutes.
posteriors: $(READY)
	$(BIN)/python -m fitting

# Public data as registers, learned, their last part forecast: a minute.
.PHONY: learning
learning: $(READY)
	$(BIN)/python -m tests.learning.public_logs

bench: $(READY)
	$(BIN)/python -m pip install -q -r requirements/bench.txt
	$(BIN)/python -m benchmarks

$(READY): pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	touch $(READY)

clean:
	rm -rf $(VENV) out build dist site bill_of_materials.json .mypy_cache .ruff_cache .pytest_cache .hypothesis
