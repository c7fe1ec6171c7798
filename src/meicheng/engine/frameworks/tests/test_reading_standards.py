"""A standard is read whole, or every error of the file is named with its place."""

import io
import json
from importlib.resources import files

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from meicheng.engine.frameworks import (
    framework_from_file,
    framework_to_file,
    read_document,
    read_xlsx,
    read_yaml,
    write_xlsx,
    write_yaml,
)
from meicheng.engine.frameworks.format import METHODS, RULES
from meicheng.engine.frameworks.schema import written
from meicheng.engine.scoring.rules import SHARES

from .makers import frameworks

PACKS = ["sanitary-city-2021", "civilised-city-2021", "urban-management-service-2020"]
DATA = files("meicheng.data")


def pack(name):
    return DATA.joinpath("frameworks", f"{name}.yaml").read_text(encoding="utf-8")


def said(problems):
    return [str(problem) for problem in problems]


HEAD = "framework: little\nedition: '1'\nname: {zh: 小}\nfull_marks: 100\nnodes:\n"
NODE = "- code: a\n  name: {zh: 甲}\n  weight: 1\n  criteria:\n"


def one(criterion, head=HEAD, node=NODE):
    """The errors of a standard of one node with this criterion on line 10."""
    return said(read_yaml(f"{head}{node}  - {{name: {{zh: 丙}}, {criterion}}}\n")[1])


@pytest.mark.parametrize("name", PACKS)
def test_the_shipped_standards_are_read_and_written_without_loss(name):
    standard, problems = read_yaml(pack(name))
    assert problems == []
    assert read_yaml(write_yaml(standard)) == (standard, [])
    assert read_xlsx(write_xlsx(standard)) == (standard, [])
    assert read_document(standard.document()) == (standard, [])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(frameworks())
def test_any_standard_survives_yaml_and_a_workbook(standard):
    again, problems = read_yaml(write_yaml(standard))
    assert (said(problems), again) == ([], standard)
    again, problems = read_xlsx(write_xlsx(standard))
    assert (said(problems), again) == ([], standard)


def test_every_error_of_a_file_is_named_at_once_with_its_line():
    _none, problems = read_yaml(
        """framework: Little Standard
edition: 2021
name: {zh: 小标准}
full_marks: 100
pass: {at_least: 120}
colour: red
nodes:
- code: a
  name: {zh: 甲, en: A}
  weight: 0
  criteria:
  - {code: 3.1, name: {zh: 乙}, weight: 1, method: statistic, rule: {kind: pass_rate}}
  - {code: 3.10, name: {en: C}, weight: -5, method: field, site_kinds: [moon], rule: {kind: pass_rate}}
  - {code: 3.1, name: {zh: 丁}, weight: 2, method: guess, rule: {kind: luck}}
  - {code: v, name: {zh: 戊}, method: veto, rule: {kind: veto, rules_out: b}}
"""
    )
    assert said(problems) == [
        "line 1: “framework: Little Standard”; expected small letters, digits and hyphens",
        "line 5: the pass mark 120 is above the full marks 100",
        "line 6: no field is called “colour”; expected framework, edition, name, source, level, "
        "cycle_years, full_marks, pass, official, nodes",
        "line 10: “weight: 0”; expected a number above 0",
        "line 12: rule pass_rate does not fit method statistic; expected grade, target, trend",
        "line 13: “zh” is missing",
        "line 13: “weight: -5”; expected a number above 0",
        "line 13: “moon”; expected the code of a site kind that the city has",
        "line 14: “method: guess”; expected one of " + ", ".join(METHODS),
        "line 14: code “3.1” is used twice (also line 12); expected each once",
        "line 14: “kind: luck”; expected one of " + ", ".join(RULES),
        "line 15: there is no node “b” to rule out; expected framework or a node’s code",
    ]
    assert problems[3].say("zh") == "第 10 行：“weight: 0”不对；应为大于 0 的数字"


@pytest.mark.parametrize(
    ("criterion", "error"),
    [
        ("code: x, weight: 1, method: statistic, rule: {kind: target}", "expected one of at_least"),
        (
            "code: x, weight: 1, method: statistic, rule: {kind: target, at_least: 1, at_most: 2}",
            "expected one of at_least",
        ),
        (
            "code: x, weight: 1, method: statistic, "
            "rule: {kind: target, at_least: 50, partial: {linear_from: 60}}",
            "linear_from is 60; expected it below the target 50",
        ),
        (
            "code: x, weight: 1, method: statistic, "
            "rule: {kind: target, at_most: 50, partial: {every: 10}}",
            "expected {linear_from: 60} or {every: 10, minus: 0.2}",
        ),
        (
            "code: x, weight: 1, method: case, "
            "rule: {kind: rate, of: satisfied, among: rated, or: rising}",
            "or without a target",
        ),
        (
            "code: x, weight: 1, method: statistic, "
            "rule: {kind: grade, steps: [{share: 0.6, above: 1}, {share: 1, above: 2}]}",
            "from the highest share to the lowest",
        ),
        (
            "code: x, weight: 1, method: statistic, "
            "rule: {kind: grade, steps: [{share: 1, above: 80}, {share: 0.6, above: 85}]}",
            "a step that never holds",
        ),
        (
            "code: x, weight: 1, method: statistic, "
            "rule: {kind: grade, steps: [{share: 1, below: 20}, {share: 0.6, below: 10}]}",
            "a step that never holds",
        ),
        (
            "code: x, weight: 1, method: document, "
            "rule: {kind: materials, needs: [a], dated_within_months: 1e999}",
            "expected a whole number of at least 1",
        ),
        (
            "code: x, weight: 1, method: statistic, rule: {kind: grade, steps: [{share: 1}]}",
            "expected one of needs, above and below",
        ),
        (
            "code: x, weight: 1, method: statistic, rule: {kind: trend, years: 3}",
            "expected direction and years, or not_above_mean_of",
        ),
        (
            "code: x, weight: 1, method: survey, "
            "rule: {kind: share_of_answers, counts: {no_answer: 1}}",
            "no_answer is left out",
        ),
        (
            "code: x, weight: 1, method: field, rule: {kind: deduct, per: 0.1, by_kind: {dragon: 1}}",
            "“dragon”; expected the code of a case kind",
        ),
        ("code: x, method: field, rule: {kind: pass_rate}", "“weight” is missing"),
        (
            "code: x, weight: 1, method: field, rule: {kind: pass_rate, at_least: 2}",
            "no field is called “at_least”",
        ),
        (
            "code: x, weight: 1, method: field, rule: {kind: pass_rate}, lead: nobody",
            "“lead: nobody”; expected the code of a role",
        ),
        ("code: a, weight: 1, method: field, rule: {kind: pass_rate}", "used twice (also line 6)"),
        (
            "code: x, weight: 1, method: veto, rule: {kind: veto, rules_out: framework}",
            "a veto has no weight",
        ),
        (
            "code: x, weight: 1, method: document, rule: {kind: materials, needs: []}",
            "“needs: […]”; expected a list",
        ),
        (
            "code: x, weight: .nan, method: field, rule: {kind: pass_rate}",
            "“weight: .nan”; expected a number above 0",
        ),
    ],
)
def test_a_wrong_criterion_is_refused_with_what_was_expected(criterion, error):
    errors = one(criterion)
    assert any(error in message for message in errors), errors


def test_a_veto_on_a_node_without_marks_and_a_weight_on_vetoes_are_errors():
    veto = "code: x, method: veto, rule: {kind: veto, rules_out: a}"
    assert one(veto) == [
        "line 5: no node carries marks besides bonus; expected at least one with a weight",
        "line 8: a node that holds only vetoes has no weight; expected none",
        "line 10: node “a” carries no marks to rule out",
    ]


def test_a_standard_that_contains_itself_is_a_cycle():
    text = HEAD + "- &a\n  code: a\n  name: {zh: 甲}\n  weight: 1\n  children: [*a]\n"
    assert "line 10: a cycle: *a contains itself; expected a tree" in said(read_yaml(text)[1])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "line 1: empty; expected a standard"),
        ("a: [1, 2\nb: 3\n", "line 2: not YAML"),
        ("- 1\n", "line 1: “[…]”; expected a mapping with framework"),
        ("a: 1\na: 2\n", "line 2: “a” is given twice (also line 1)"),
        ("a: *b\n", "line 1: *b names nothing above it"),
        ("a: 1\n---\nb: 1\n", "line 2: a second document begins"),
        ("a: b\x00c", "line 1: control character U+0000"),
        ("a: \ud800", "line 1: control character U+D800"),
        ("a: " + "[" * 90 + "]" * 90, "nested over 40 levels deep"),
        (
            "a: &x [1,2,3,4,5,6,7,8,9]\n"
            + "".join(
                f"b{n}: &x{n} [{','.join([f'*x{n - 1}' if n else '*x'] * 9)}]\n" for n in range(9)
            ),
            "over 200000 values",
        ),
    ],
)
def test_a_file_that_is_no_standard_says_why(text, error):
    standard, problems = read_yaml(text)
    assert standard is None
    assert any(error in message for message in said(problems)), said(problems)


def test_a_workbook_names_sheet_and_cell_of_each_error():
    standard, _none = read_yaml(pack("urban-management-service-2020"))
    workbook = openpyxl.load_workbook(io.BytesIO(write_xlsx(standard)))
    nodes, criteria = workbook["nodes"], workbook["criteria"]
    columns = {cell.value: cell.column_letter for cell in criteria[1]}
    nodes["B2"] = "1.1"  # the first node below its own child
    criteria["A3"] = 1.1
    criteria["B4"] = "nowhere"
    criteria[f"{columns['weight']}5"] = "=1+1"
    criteria[f"{columns['site_kinds']}2"] = "main-road、moon"
    criteria[f"{columns['partial_every']}6"] = "often"
    criteria["ZZ7"] = "stray"
    criteria.merge_cells("C8:D8")
    workbook["standard"]["B8"] = -5
    stream = io.BytesIO()
    workbook.save(stream)
    found, problems = read_xlsx(stream.getvalue())
    assert found is None
    text = "\n".join(said(problems))
    for error in (
        "sheet “standard” cell B8: “cycle_years: -5”; expected a whole number of at least 1",
        "sheet “nodes” cell B2: a cycle: the node is above itself",
        "sheet “criteria” cell A3: 1.1 is a number, in which 3.1 and 3.10 are the same",
        "sheet “criteria” cell B4: “nowhere”; expected the code of a node",
        f"sheet “criteria” cell {columns['weight']}5: a formula; expected its value",
        f"sheet “criteria” cell {columns['site_kinds']}2: “moon”; expected the code of a site kind",
        f"sheet “criteria” cell {columns['partial_every']}6: “partial_every: often”; expected a number",
        "sheet “criteria” cell ZZ7: a value in a column without a name",
        "sheet “criteria” cell C8: merged cells C8:D8",
    ):
        assert error in text


def test_a_workbook_without_its_sheets_or_no_workbook_at_all_is_refused():
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    assert len(read_xlsx(stream.getvalue())[1]) == 3
    for content in (b"", b"PK\x03\x04 broken", b"framework: x"):
        (problem,) = read_xlsx(content)[1]
        assert "expected XLSX" in str(problem)


def test_files_are_told_by_their_ending_and_chinese_encodings_are_read(tmp_path):
    standard, _none = read_yaml(pack("civilised-city-2021"))
    for name in ("a.yaml", "a.xlsx"):
        framework_to_file(standard, tmp_path / name)
        assert framework_from_file(tmp_path / name) == (standard, [])
    (tmp_path / "b.yml").write_bytes(pack("civilised-city-2021").encode("gb18030"))
    assert framework_from_file(tmp_path / "b.yml") == (standard, [])
    (tmp_path / "c.yaml").write_bytes(b"\xef\xbb\xbf" + pack("civilised-city-2021").encode())
    assert framework_from_file(tmp_path / "c.yaml") == (standard, [])
    (tmp_path / "d.pdf").write_bytes(b"")
    assert "expected .yaml" in str(framework_from_file(tmp_path / "d.pdf")[1][0])


def test_the_schema_for_editors_is_the_one_of_the_reader():
    assert DATA.joinpath("framework.schema.json").read_text(encoding="utf-8") == written()
    defined = json.loads(written())["$defs"]
    assert {f"rule-{kind}" for kind in RULES} <= defined.keys()


def test_every_kind_of_rule_that_is_read_can_be_scored():
    assert SHARES.keys() | {"veto"} == RULES.keys()
