"""People and accounts named in one word, and read again."""

from uuid import UUID

from survey.domain.audit import Actor
from survey.domain.named import account_of, named_account, named_person, person_of

ANN = UUID(int=7)


def test_who_is_named_is_read_again_and_nobody_else() -> None:
    assert person_of(named_person(ANN)) == account_of(named_account(ANN)) == ANN
    for other in ("reporter", "telegram:1:7", "email:ann@school.example", ""):
        assert person_of(other) is None
        assert account_of(other) is None
    assert person_of(named_account(ANN)) is None
    assert account_of(named_person(ANN)) is None


def test_the_record_names_them_the_same_way() -> None:
    assert str(Actor.person(ANN)) == named_person(ANN)
    assert str(Actor.account(ANN)) == named_account(ANN)
