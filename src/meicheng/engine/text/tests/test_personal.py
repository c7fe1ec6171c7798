"""Personal data in words: what is found and masked, and what must be left alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meicheng.engine.text import find_personal, mask_personal
from meicheng.engine.text.personal import card_fits, identity_fits


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("电话13800001234。", "电话138****1234。"),
        ("电话+86 138-0000-1234", "电话138****1234"),
        ("座机0731-88665866", "座机0731****"),
        ("请拨打8866586或者8866587", "请拨打88****或者88****"),
        ("身份证11010519491231002X", "身份证110***********002X"),
        ("身份证110105194912310021", "身份证110***********0021"),  # a slip in the check digit
        ("卡6222 0200 0000 0000 000号", "卡6222***号"),
        ("账号123456789012", "账号1234***"),
        ("豫A12345乱停", "豫A·*****乱停"),
        ("豫AD12345是新能源车", "豫A·*****是新能源车"),
        ("豫A1234学", "豫A·*****"),
        ("邮箱a.b@example.org", "邮箱***"),
        ("微信号lilei_88", "微信号l***"),
        ("张先生和李女士", "张**先生和李**女士"),
        ("欧阳小红女士", "欧阳**女士"),
        ("我叫王建国，家住柳池", "我叫王**，家住柳池"),
        ("村民杨义云（身份证号", "村民杨**（身份证号"),
        ("代吉强，男，汉族", "代**，男，汉族"),
        ("小区经理孙琳都说不清", "小区经理孙**都说不清"),
        ("法定代表人：李明华涉嫌", "法定代表人：李**涉嫌"),
        ("实际控制人王建失联", "实际控制人王**联"),  # rather a sign too much than a name
        ("村民罗小云、唐文德和杨章等", "村民罗**、唐**和杨**等"),
        ("陈大秋等同志到您家", "陈**等同志到您家"),
        ("选章华刚任校长", "选章**任校长"),
        ("父亲李树生于2017年", "父亲李**于2017年"),
        ("现任任梧院长", "现任任**院长"),
        ("村民王大国说，后来大国不在，王大国又来", "村民王**说，后来大国不在，王**又来"),
        ("我名吴小满，曾用名为徐大汉", "我名吴**，曾用名为徐**"),
    ],
)
def test_numbers_plates_addresses_and_names_are_masked(words, told):
    assert mask_personal(words) == told
    assert mask_personal(told) == told


@pytest.mark.parametrize(
    "words",
    [
        "2019年12月31日下午3点，A3区5栋1203号",
        "工单20260901000123已办结",
        "订单号6222020000000000009",  # no bank card: its check digit is wrong
        "尊敬的杨书记：您好",
        "由于老师不在，向老师反映",
        "班主任老师和语文老师都说，任何医生都可以",
        "业主常常担心，物业向业主解释",
        "高中老师、高三同学",
        "热线12345",
        "曾拨打市长热线，证明材料已交，村干部高息借贷",
        "员工高度重视，老师严重不足，法人代表大会",
        "谢谢师傅们，感谢医生",
        "已安排柳池交警一中队、柳池城管大队前往",
        "编码R56VQQNW5W74",  # no account of QQ
        "",
    ],
)
def test_what_names_nobody_stays(words):
    assert mask_personal(words) == words


def test_an_offices_telephone_stays_in_what_staff_write():
    words = "请致电0731-88665866，或联系李伟先生"
    assert mask_personal(words, landlines=False) == "请致电0731-88665866，或联系李**先生"


@given(st.text(alphabet="王李张小明先生女士老师我叫，。138 0-X@.京A豫D12345", max_size=60))
@settings(max_examples=150, deadline=None)
def test_what_is_masked_once_is_left_alone_and_nothing_else_is_touched(words):
    found = find_personal(words)
    told = mask_personal(words)
    rest = words
    for one in reversed(found):
        rest = rest[: one.start] + rest[one.end :]
    kept = told
    for one in found:
        kept = kept.replace(one.shown, "", 1)
    assert kept == rest or any(one.shown in rest for one in found)
    assert mask_personal(told) == told


@given(st.integers(0, 16), st.integers(1, 9))
def test_any_one_wrong_digit_of_an_identity_number_is_noticed(place, more):
    right = "11010519491231002X"
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]
    assert identity_fits(right)
    assert not identity_fits(wrong)


@given(st.integers(0, 18), st.integers(1, 9))
def test_any_one_wrong_digit_of_a_card_is_noticed(place, more):
    right = "6222020000000000000"
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]
    assert card_fits(right)
    assert not card_fits(wrong)
