"""What an image inherits from the one that it was made from does not prove it, and says what it was made from."""

from dataclasses import replace

import pytest

from strata.images.image_origin import ImageOrigin, Watermark
from strata.images.image_trust import ImageTerms, MachineClaim, find_doubts

BAKED, MADE, COPY = (f"ami-0000000000000000{each}" for each in "abc")
MARK = Watermark("123456789012", "web", "1.2.0", BAKED)
OF_SERVER = ImageOrigin(MADE, source=BAKED, server="i-0123456789abcdef0", watermarks=(MARK,))
CLAIM = MachineClaim("web", "1.3.0", OF_SERVER, None, "123456789012", ImageTerms())


@pytest.mark.parametrize("required", [False, True])
def test_an_image_made_from_a_server_is_doubted_by_any_version_too_and_the_server_is_named(required: bool):
    (doubt,) = find_doubts(replace(CLAIM, terms=ImageTerms(required=required)))
    assert "made from a running server, i-0123456789abcdef0" in doubt.text
    assert f"expected {BAKED}, which was baked as web 1.2.0" in doubt.text
    assert "has no watermark" not in doubt.text


@pytest.mark.parametrize("required", [False, True])
def test_a_copy_of_such_an_image_is_doubted_too(required: bool):
    origin = ImageOrigin(COPY, source=MADE, watermarks=(MARK,))
    (doubt,) = find_doubts(replace(CLAIM, origin=origin, terms=ImageTerms(required=required)))
    assert f"a copy of {MADE}: expected {BAKED}, which was baked as web 1.2.0" in doubt.text


@pytest.mark.parametrize("origin", [OF_SERVER, ImageOrigin(COPY, source=MADE, watermarks=(MARK,))])
def test_what_was_made_of_a_revoked_image_is_replaced_by_neither_it_nor_a_copy(origin: ImageOrigin):
    (doubt,) = find_doubts(replace(CLAIM, origin=origin, revoked={BAKED: "leaks (ann)"}))
    assert f"goes back to {BAKED}, which was baked as web 1.2.0 and is revoked: leaks (ann)" in doubt.text
    assert doubt.fix.startswith("Use neither: pin another version of web.")
    (other,) = find_doubts(replace(CLAIM, origin=origin, revoked={COPY: "leaks (ann)"}))
    assert other.fix.startswith(f"Pin {BAKED}"), "another one is revoked"


def test_what_a_strange_account_says_matters_only_where_a_proof_is_required():
    origin = replace(OF_SERVER, watermarks=(replace(MARK, account="999999999999"),))
    assert list(find_doubts(replace(CLAIM, origin=origin))) == []
    (doubt,) = find_doubts(replace(CLAIM, origin=origin, terms=ImageTerms(required=True)))
    assert "its watermark web 1.2.0 is of account 999999999999" in doubt.text


def test_what_was_noted_in_the_catalogue_or_marked_itself_is_trusted_whatever_it_was_made_from():
    assert list(find_doubts(replace(CLAIM, catalogued=MADE))) == []
    own = replace(OF_SERVER, watermarks=(MARK, Watermark("123456789012", "web", "1.3.0", MADE)))
    assert list(find_doubts(replace(CLAIM, origin=own))) == []
