"""A crosswalk leads from one edition to the next, and carries a trend across."""

import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meicheng.engine.frameworks import (
    Crosswalk,
    EditionKey,
    Link,
    carried_across,
    crosswalk_from_file,
    read_crosswalk,
    read_yaml,
    spread_over_criteria,
    write_crosswalk,
)

OLD, NEW = EditionKey("little", "1"), EditionKey("little", "2")
HEAD = "framework: little\nname: {zh: 小}\nfull_marks: 100\n"


def standard(edition, nodes):
    text = f"{HEAD}edition: '{edition}'\nnodes:\n"
    for node, leaves in nodes.items():
        text += f"- code: '{node}'\n  name: {{zh: 甲}}\n  weight: 1\n  criteria:\n"
        for leaf in leaves:
            text += (
                f"  - {{code: '{leaf}', name: {{zh: 乙}}, method: veto, "
                "rule: {kind: veto, rules_out: framework}}\n"
                if leaf.startswith("v")
                else f"  - {{code: '{leaf}', name: {{zh: 乙}}, weight: 1, method: field, "
                "rule: {kind: pass_rate}}\n"
            )
    found, problems = read_yaml(text)
    assert problems == []
    return found


EDITIONS = {
    OLD: standard("1", {"1": ["1.1", "1.2", "v.1"], "2": ["2.1", "2.2"]}),
    NEW: standard("2", {"1": ["1.1", "1.2"], "3": ["3.1", "3.2", "3.3"]}),
}


def errors(text):
    found, problems = read_crosswalk(text, EDITIONS)
    assert found is None
    return [str(problem) for problem in problems]


def test_a_crosswalk_is_read_with_its_shares():
    found, problems = read_crosswalk(
        "- {from: little/1/1.1, to: [little/2/1.1, little/2/3.1], share: [0.7, 0.3]}\n"
        "- {from: little/1/2, to: [little/2/3.2, little/2/3.3]}\n"
        "- {from: little/1/1.2, to: []}\n",
        EDITIONS,
    )
    assert problems == []
    assert found == Crosswalk(
        OLD,
        NEW,
        (
            Link("1.1", ("1.1", "3.1"), (0.7, 0.3)),
            Link("2", ("3.2", "3.3"), (0.5, 0.5)),
            Link("1.2", (), ()),
        ),
    )


def test_every_error_of_a_crosswalk_is_named_at_once_with_its_line():
    assert errors(
        """- {from: little/1/1.1, to: [little/2/1.1, little/2/3.1], share: [0.7, 0.4]}
- {from: little/1/9.9, to: [little/2/3.2]}
- {from: little/1/1.1, to: [little/2/3.2], share: [0.5, 0.5]}
- {from: little/0/1.1, to: [little/2/3.2]}
- {from: "1.2", to: [little/2/3.2], weight: 3}
- {to: [little/2/3.2], share: [0]}
- {from: little/1/v.1, to: [little/2/3.2]}
- {from: little/1/2, to: [little/2/1]}
- {from: little/1/2.1, to: [little/3/3]}
"""
    ) == [
        "line 1: the shares add up to 1.1; expected at most 1",
        "line 1: “1.1” lies below “1”, which is named too (line 8); expected one of them",
        "line 2: little/1 has no node and no criterion “9.9”",
        "line 3: 2 shares for 1 entries of `to`; expected as many",
        "line 3: “1.1” leads on twice (also line 1); expected one entry",
        "line 4: “little/0/1.1” is not of little/1 (line 1); expected one edition on each side",
        "line 5: “from: 1.2”; expected FRAMEWORK/EDITION/CODE such as sanitary-city/2014/3.1",
        "line 5: no field is called “weight”; expected from, to, share",
        "line 6: “from” is missing",
        "line 6: “0”; expected a number above 0 and at most 1",
        "line 7: “v.1” of little/1 carries no marks to lead anywhere",
        "line 9: “little/3/3” is not of little/2 (line 1); expected one edition on each side",
        "line 9: “2.1” lies below “2”, which is named too (line 8); expected one of them",
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "line 1: empty; expected a crosswalk"),
        ("a: 1\n", "line 1: “{…}”; expected a list of from and to"),
        ("- {from: other/1/1, to: [little/2/1]}\n", "there is no other/1; expected one of little"),
        ("- {from: little/1/1, to: []}\n", "nothing leads to a newer edition"),
        ("- {from: little/1/1, to: [little/1/2]}\n", "are both of little/1; expected two"),
        ("- {from: little/1/1, to: little/2/1}\n", "expected a list [a, b]"),
    ],
)
def test_what_is_no_crosswalk_says_why(text, error):
    assert any(error in message for message in errors(text)), errors(text)


def test_a_workbook_names_the_cell_of_each_error():
    workbook = openpyxl.Workbook()
    workbook.active.title = "crosswalk"
    for row in (
        ["from", "to", "share"],
        ["little/1/1.1", "little/2/1.1, little/2/3.1", "0.7, 0.3"],
        ["little/1/9.9", "little/2/3.2", 1],
        ["little/1/2.1", "little/2/3.3", 1.5],
    ):
        workbook.active.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    found, problems = read_crosswalk(stream.getvalue(), EDITIONS, ending=".xlsx")
    assert found is None
    assert [str(problem) for problem in problems] == [
        "sheet “crosswalk” cell A3: little/1 has no node and no criterion “9.9”",
        "sheet “crosswalk” cell C4: “1.5”; expected a number above 0 and at most 1",
    ]


@st.composite
def crosswalks(draw):
    olds = draw(st.lists(st.sampled_from(["1.1", "1.2", "2.1", "2.2"]), min_size=1, unique=True))
    links = []
    for code in olds:
        new = draw(
            st.lists(
                st.sampled_from(["1.1", "1.2", "3.1", "3.2", "3.3"]),
                min_size=0 if links else 1,
                max_size=3,
                unique=True,
            )
        )
        shares = [draw(st.floats(0.001, 1)) for _one in new]
        total = max(1.0, sum(shares))
        links.append(Link(code, tuple(new), tuple(share / total for share in shares)))
    return Crosswalk(OLD, NEW, tuple(links))


@settings(max_examples=60, deadline=None)
@given(crosswalks())
def test_any_crosswalk_survives_yaml_and_a_workbook(crosswalk):
    for ending in (".yaml", ".xlsx"):
        again, problems = read_crosswalk(
            write_crosswalk(crosswalk, ending), EDITIONS, ending=ending
        )
        assert ([str(problem) for problem in problems], again) == ([], crosswalk)
    assert read_crosswalk(crosswalk.document(), EDITIONS) == (crosswalk, [])


def test_files_are_told_by_their_ending(tmp_path):
    crosswalk = Crosswalk(OLD, NEW, (Link("1.1", ("1.1",), (1.0,)),))
    for name in ("a.yaml", "a.xlsx"):
        path = tmp_path / name
        path.write_bytes(write_crosswalk(crosswalk, path.suffix))
        assert crosswalk_from_file(path, EDITIONS) == (crosswalk, [])
    (tmp_path / "a.csv").write_bytes(b"")
    assert "expected .yaml" in str(crosswalk_from_file(tmp_path / "a.csv", EDITIONS)[1][0])


@settings(max_examples=60, deadline=None)
@given(crosswalks(), st.floats(0, 1))
def test_a_city_that_is_equally_good_everywhere_stays_so_in_the_new_edition(crosswalk, share):
    codes = [link.old for link in crosswalk.links]
    carried = carried_across(crosswalk, dict.fromkeys(codes, share), dict.fromkeys(codes, 10.0))
    assert all(one.share == pytest.approx(share) for one in carried.values())
    assert all(one.known == 1 for one in carried.values())
    assert carried.keys() == {code for link in crosswalk.links for code in link.new}


def test_what_is_unknown_carries_nothing_and_is_not_filled_in():
    crosswalk = Crosswalk(
        OLD, NEW, (Link("1.1", ("3.1",), (1.0,)), Link("1.2", ("3.1", "3.2"), (0.5, 0.5)))
    )
    found = carried_across(crosswalk, {"1.1": 0.8, "1.2": None}, {"1.1": 10, "1.2": 20})
    assert found.keys() == {"3.1"}
    assert found["3.1"].share == pytest.approx(0.8)
    assert found["3.1"].known == pytest.approx(10 / (10 + 10))  # half of 1.2's 20 is behind it too


def test_a_node_that_is_carried_gives_its_share_to_every_criterion_below_it():
    crosswalk = Crosswalk(OLD, NEW, (Link("2", ("3",), (1.0,)), Link("1.1", ("1.2",), (1.0,))))
    carried = carried_across(crosswalk, {"2": 0.6, "1.1": 1.0}, {"2": 50, "1.1": 25})
    assert spread_over_criteria(EDITIONS[NEW], carried) == {
        "1.2": 1.0,
        "3.1": 0.6,
        "3.2": 0.6,
        "3.3": 0.6,
    }
