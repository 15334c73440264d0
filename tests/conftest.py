"""What all tests share: property tests draw the same examples every time, and none is timed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Tests run beside each other: small matrices on two threads each would wait for one another, up to
# nine times as long. Processes that tests start, workers among them, have it from here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.load_profile("fixed")

TESTS = Path(__file__).parent
# Folders and files that take long for what they ask: many runs, many draws, pictures, commands and
# processes that are started and killed. `make quick` leaves them out, and single tests that are marked so; `make test` runs all.
SLOW = (
    "agreement",
    "cli/test_cli.py",
    "effects/test_any_data.py",
    "effects/test_standard_errors.py",
    "effects/test_survival_properties.py",
    "experiments/optimise/test_confidence_sequences.py",
    "experiments/optimise/test_ranking_and_selection.py",
    "experiments/optimise/test_solve.py",
    "experiments/study/test_processes.py",
    "faults",
    "files/test_configs.py",
    "measures/test_windows.py",
    "output/test_figures.py",
    "output/test_report.py",
    "recovery",
    "reference/test_discrete_hazards.py",
    "simulation/test_compiled_cache.py",
    "simulation/test_invariants.py",
    "simulation/test_memory.py",
    "simulation/test_unaffected.py",
    "theory",
)


# What takes longest for what it adds to the tests beside it: `make verify` runs these, with
# PILOTSIM_LONG=1; all else leaves them out, and says how many they are.
LONG = (
    "agreement/test_agreement.py::test_engines_agree_on_every_config[False-vilkar",
    "agreement/test_agreement.py::test_engines_agree_on_every_config[True-vilkar",
    "agreement/test_extending.py::test_both_engines_take_a_family_of_a_module_of_its_own",
    "evaluation/test_contract.py::test_every_answer_that_a_plan_may_ask_for_is_right[fast]",
    "evaluation/test_contract.py::test_every_estimator_answers_something_in_a_plan",
    "evaluation/test_contract.py::test_what_a_plan_may_not_ask_for_is_refused_by_name",
    "evaluation/test_contract_answers.py::test_no_answer_is_allowed_that_every_register_refuses",
    "evaluation/test_contract_answers.py::test_whatever_a_refusal_recommends_is_no_refusal_when_it_is_written",
    "evaluation/test_several_arms.py::test_by_chance_alone_hardly_any_pair_is_found",
    *(
        f"cli/test_editor_schema.py::test_shipped_files_beside_flows_fit_the_schemas_with_their_names[{study}"
        for study in ("alna_caseload", "alna_hangs", "alna_more", "alna_referral", "alna_screening")
    ),
    "cli/test_share.py::test_a_scenario_is_said",
    "cli/test_share.py::test_what_is_set_for_a_page_is_said_on_it",
    "experiments/study/test_processes.py::test_any_number_of_workers_gives_the_same_bits[2]",
    "experiments/study/test_processes.py::test_cluster_gives_the_same_bits_and_outlives_the_loss_of_a_worker[3]",
    "experiments/study/test_processes.py::test_run_killed_at_ten_random_moments",
    "faults/test_faults.py::test_at_every_call",
    "faults/test_sharing.py::test_at_every_start",
    "judge/test_golden.py::test_compiled_for_no_processor_in_particular_it_is_the_same",
    *(
        f"judge/test_grades.py::test_a_new_word_is_shown_counted_and_answered_without_another_change[{one}"
        for one in ("remote-kernel", "remote-process", "sure-process")
    ),
    "output/test_doors.py::test_pictures_and_office_files_of_all_others",
    "recovery/test_lots_rates.py",
    *(
        f"recovery/test_observational.py::test_what_is_claimed_is_found[{one}"
        for one in (
            "Cox from the start on: no effect",
            "augmented weighting by office, clustered: no effect",
            "augmented weighting, ATE: no effect",
            "augmented weighting, ATT: no effect",
            "complementary log-log by the month",
            "difference of weighted means, ATE: no effect",
            "difference of weighted means, ATT: no effect",
            "entropy balancing, ATT: no effect",
            "four matches with correction, ATT: no effect",
            "matching on the score, ATE: no effect",
            "matching on the score, ATT: no effect",
            "matching with correction, ATE: no effect",
            "multinomial logit by the month",
            "regression adjustment, ATE: no effect",
            "weighted regression, ATE: no effect",
        )
    ),
    "reference/test_synthetic.py::test_no_effect_is_found_no_more_often_than_by_chance",
    "simulation/test_compiled_cache.py::test_a_change_in_any_engine_file_has_a_folder_of_its_own",
    "simulation/test_compiled_cache.py::test_what_two_processes_compile_at_once_serves_a_third",
    "simulation/test_invariants.py::test_every_invariant_holds_for_the_configs[vilkar",
    "simulation/test_threads.py::test_the_first_runs_of_a_process_may_be_in_several_threads",
    "simulation/test_threads.py::test_a_thousand_calls_twenty_times_over",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow, and leave out what takes longest."""
    kept, left_out = [], []
    for item in items:
        place = item.path.relative_to(TESTS).as_posix()
        if any(place == slow or place.startswith(f"{slow}/") for slow in SLOW):
            item.add_marker(pytest.mark.slow)
        is_long = item.nodeid.removeprefix("tests/").startswith(LONG)
        if is_long:
            item.add_marker(pytest.mark.long)
        (left_out if is_long and not os.environ.get("PILOTSIM_LONG") else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept
