# ruff: noqa: RUF001
"""The one search for people (SPEC 4.5, `q`): which text finds whom."""

import unicodedata

import pytest

from tests.support.make import Make

NUMBER = "+49 171 5556677"


def finds(make: Make, q: str, name: str, phone: str | None = None, e164: str | None = None) -> bool:
    email = "someone@mail.test" if phone is None else "kim.weiss-lang@mail.test"
    row = make.db.execute(
        "SELECT search_words(%s, %s, %s, %s) @@ search_query(%s, NULL) AS found",
        [name, email, phone, e164, q],
    ).fetchone()
    assert row is not None
    return bool(row["found"])


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("mueller", "Müller"),
        ("muller", "Müller"),
        ("MÜLLER", "Müller"),
        ("müller", "Mueller"),
        ("müller", "Muller"),
        ("Mülle", "Mueller"),
        ("weiss", "Weiß"),
        ("weiß", "Weiss"),
        ("WEIẞ", "weiß"),
        ("nguyen", "Nguyễn"),
        ("nguyễn", "Nguyen"),
        ("soren", "Søren"),
        ("soeren", "Søren"),
        ("søren", "Soren"),
        ("lukasz", "Łukasz"),
        ("djokovic", "Đjoković"),
        ("aegir", "Ægir"),
        ("ægir", "AEGIR"),
        ("aase", "Åse"),
        ("ase", "Åse"),
        ("istanbul", "İSTANBUL"),
        ("isik", "Işık"),
        ("thor", "Þór"),
        ("obrien", "O'Brien"),
        ("o'brien", "O\u2019Brien"),
        ("O\u00b4Brien", "O'Brien"),
        ("brien", "O'Brien"),
        ("o'brien", "O Brien"),
        ("o'br", "OBrien"),
        ("annalena", "Anna-Lena Berg"),
        ("anna-lena", "Annalena Berg"),
        ("lena anna", "Anna\u2010Lena Berg"),
        ("berg anna", "Anna-Lena Berg"),
        ("an be", "Anna-Lena Berg"),
        ("ＫＩＭ", "Kim"),
        ("ﬁona", "Fiona"),
        ("юлия", "ЮЛИЯ"),
        ("семен", "Семён"),
        ("ΝΊΚΟΣ", "Νίκος"),
        ("νικος", "ΝΙΚΟΣ"),
        ("山田", "山田太郎"),
        ("太郎", "山田太郎"),
        ("太郎 山田", "山田太郎"),
        ("김", "김민준"),
        ("באלי", "בָּאלִי"),
        ("احمد", "أَحْمَد"),
        ("zoe\u200b", "Zoe\u00ad"),
        ("mail.test", "Kim"),
        ("client 12", "Client 12"),
    ],
)
def test_how_names_are_found(make: Make, q: str, name: str) -> None:
    for form in ("NFC", "NFD"):
        assert finds(make, unicodedata.normalize(form, q), name), form
        assert finds(make, q, unicodedata.normalize(form, name)), form


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("moller", "Müller"),
        ("uller", "Müller"),
        ("mueller", "Muller"),
        ("anna berg", "Anna Meyer"),
        ("...", "Anna"),
        ("'", "O'Brien"),
        ("\u0301", "Anna"),
    ],
)
def test_what_is_not_found(make: Make, q: str, name: str) -> None:
    assert not finds(make, q, name)


@pytest.mark.parametrize(
    "q",
    [
        "01715556677",
        "0171 555 66 77",
        "0171/555-66-77",
        "(0171) 5556677",
        "5556677",
        "555 66 77",
        "6677",
        "+491715556677",
        "+49 171 5556677",
        "0049 171 5556677",
        "+49 (0)171 555 6677",
        "0171 5",
        "+49 171 55",
        "٠١٧١ ٥٥٥ ٦٦ ٧٧",
        "０１７１５５５６６７７",
        "kim 5556677",
        "5556677 kim",
    ],
)
@pytest.mark.parametrize("typed", [NUMBER, "0171 555 66 77", "0171-5556677", "00491715556677"])
def test_how_numbers_are_found(make: Make, q: str, typed: str) -> None:
    assert finds(make, q, "Kim", typed, "+491715556677")
    if not q.startswith(("+", "0049")) or typed.startswith(("+", "00")) or q == "+49 171 55":
        assert finds(make, q, "Kim", typed), "a number from before there was phone_e164"


@pytest.mark.parametrize("q", ["5556678", "0172 5556677", "555", "77 66", "kim 5556678", "66"])
def test_other_numbers_are_not_found(make: Make, q: str) -> None:
    assert not finds(make, q, "Kim", NUMBER, "+491715556677")


@pytest.mark.parametrize(
    "q", ["kim.weiss-lang@mail.test", "weiss", "lang@mail", "KIM.W", "weiss-l"]
)
def test_how_addresses_are_found(make: Make, q: str) -> None:
    assert finds(make, q, "Nobody", NUMBER)


@pytest.mark.parametrize(
    "q",
    [
        "' | '' : * & ! ( <-> \\' %s %(words)s \\",
        "\\",
        "a'b\\c:*&!|()<>",
        "\u1d2c\ufdfa" * 50,
        "x" * 200,
        "a " * 100,
        "\U0001f600 anna",
        "+",
        "+ 0 () 0",
        "\u0378\ue000",
    ],
)
def test_no_text_is_an_error(make: Make, q: str) -> None:
    make.db.execute("SELECT search_query(%s, NULL)", [q])
    make.db.execute("SELECT search_words(%s, %s, %s, NULL)", [q, q, q])


def test_words_follow_every_change(make: Make) -> None:
    user = make.client("Anna Berg")

    def found(q: str) -> bool:
        row = make.db.execute(
            "SELECT words @@ search_query(%s, NULL) AS found FROM user_search WHERE user_id = %s",
            [q, user.id],
        ).fetchone()
        assert row is not None
        return row["found"]

    assert found("anna")
    make.db.execute("UPDATE users SET name = 'Jörg' WHERE id = %s", [user.id])
    assert found("joerg") and not found("anna")
    make.db.execute("UPDATE users SET phone = '030 1234567' WHERE id = %s", [user.id])
    assert found("1234567")
    make.db.execute("UPDATE users SET phone_e164 = '+49301234567' WHERE id = %s", [user.id])
    assert found("+49 30 1234567")
