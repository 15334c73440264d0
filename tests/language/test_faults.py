"""What the program says of a fault can be said in every language: no sentence is bare English."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parent.parent.parent / "src" / "pilotsim"
# Packages whose errors a user of the command line can cause.
PACKAGES = (
    "base",
    "effects",
    "model",
    "files",
    "simulation",
    "measures",
    "runs",
    "judge",
    "portable",
    "experiments",
    "evaluation",
    "output",
    "cli",
)
# What is raised for users, with the place of its message among the arguments.
ERRORS = {
    "PilotsimError": 0,
    "RequestError": 0,
    "SimulationError": 0,
    "RunError": 0,
    "RegisterError": 0,
    "EstimationError": 0,
    "QuantityFault": 0,
    "ArithmeticFault": 0,
    "UsageError": 0,
    "BadParameter": 0,
    "ChangeError": 1,
    "Fault": 4,
}
# Functions that note a fault at a place: their second argument is its message.
NOTING = {"fault": 1, "report": 1, "note": 1, "note_rows": 2}


def is_bare(node: ast.expr) -> bool:
    """Whether an expression may come to a sentence that is no `Message`."""
    if isinstance(node, ast.JoinedStr | ast.BinOp):
        return True
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.IfExp):
        return is_bare(node.body) or is_bare(node.orelse)
    if isinstance(node, ast.Call):
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        return called in ("str", "format", "join", "removeprefix", "replace")
    return False


def bare_sentences(tree: ast.AST) -> list[int]:
    """The lines of a module on which a fault is said in bare English."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = {**ERRORS, **NOTING}.get(called, 99)
            lines += [node.lineno for one in node.args[place : place + 1] if is_bare(one)]
    return lines


def is_sentence(node: ast.expr) -> bool:
    """Whether an expression may come to several words that are no `Message`."""
    if isinstance(node, ast.IfExp):
        return is_sentence(node.body) or is_sentence(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return any(is_sentence(part) for part in node.values)
    return isinstance(node, ast.Constant) and " " in str(node.value)


def faults_yielded(tree: ast.AST) -> list[int]:
    """The lines on which a checking function yields a path with a bare sentence."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Yield)
        and isinstance(node.value, ast.Tuple)
        and is_sentence(node.value.elts[-1])
    ]


def test_every_fault_is_a_message():
    bare = []
    for package in PACKAGES:
        for file in sorted((SOURCE / package).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            name = file.relative_to(SOURCE).as_posix()
            bare += [f"{name}:{line}" for line in bare_sentences(tree)]
            if package in ("model", "experiments"):
                bare += [f"{name}:{line}" for line in faults_yielded(tree)]
    assert not bare


def test_a_bare_sentence_would_be_found():
    found = bare_sentences(ast.parse("raise RequestError(f'unknown name {name}')"))
    assert found == [1]
    assert not bare_sentences(ast.parse("raise RequestError(Message('unknown name'))"))
    assert bare_sentences(ast.parse("report(path, 'too many' if many else Message('one'))"))
    assert bare_sentences(ast.parse("raise RunError(str(fault))"))
    assert faults_yielded(ast.parse("def f():\n    yield path, f'{name} is not known'")) == [2]
