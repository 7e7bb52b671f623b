"""What looks like a secret and what does not."""

import pytest

from strata.secret_scan import looks_secret, names_secret, secret_lines


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASSWORD",
        "db-passwd",
        "dbPassword",
        "AWS_SECRET_ACCESS_KEY",
        "apiKey",
        "API_KEY",
        "token",
        "GITHUB_TOKEN",
        "client_secret",
        "SIGNING_KEY",
        "passphrase",
        "credentials",
        "spring.datasource.password",
    ],
)
def test_a_name_that_says_secret_is_one(name):
    assert names_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "DB_SECRET_ARN",
        "TOKEN_TTL",
        "PASSWORD_FILE",
        "SECRET_NAME",
        "KEY",
        "CACHE_KEY",
        "monkey",
        "tokens",
        "author",
        "KMS_KEY_ID",
        "compass",
        "PUBLIC_KEY",
    ],
)
def test_a_name_that_says_where_a_secret_is_or_something_else_is_none(name):
    assert not names_secret(name)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "$TOKEN",
        "${TOKEN}",
        "$(cat f)",
        "`cat f`",
        "{{resolve:ssm:x}}",
        "<your token>",
        "arn:aws:x",
        "/run/x",
        "https://login.example.com",
        "ssm:/x",
        "true",
        "none",
        "300",
        "changeme",
        "****",
        '"$TOKEN"',
        "|",
    ],
)
def test_a_value_that_is_taken_from_elsewhere_is_harmless(value):
    assert not looks_secret("TOKEN", value)


@pytest.mark.parametrize(
    "value",
    [
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a" * 36,
        "xoxb-" + "1" * 12,
        "AIza" + "b" * 35,
        "glpat-" + "c" * 20,
        "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.c2lnbmF0dXJlMTIz",
        "postgres://shop:hunter2@db:5432/shop",
        "redis://:hunter2@cache:6379",
    ],
)
def test_a_key_is_known_by_its_shape_whatever_its_name(value):
    assert looks_secret("ANY", value)


@pytest.mark.parametrize(
    "value", ["postgres://shop@db/shop", "postgres://shop:$PASSWORD@db", "https://a.example:443/x@y"]
)
def test_an_address_without_a_password_is_no_secret(value):
    assert not looks_secret("ANY", value)


def test_lines_are_counted_from_one_and_assignments_found_in_shell_yaml_and_json():
    lines = [
        "#!/bin/bash",
        "export TOKEN=abc123def",
        "password: hunter2secret",
        'x = {"api_key": "9f8e7d6c"}',
        "echo the password is in Secrets Manager",
        "aws secretsmanager get-secret-value --secret-id shop/token",
        "some --token=abc123def --other",
    ]
    text = "\n".join(lines)
    assert list(secret_lines(text)) == [2, 3, 4, 7]


@pytest.mark.parametrize("text", ["x", "a1", "A.", "9-", "://", "x: "])
def test_a_long_text_is_read_once_from_end_to_end(text: str):
    long = text * 20_000
    assert not looks_secret("TEXT", long)
    assert looks_secret("TEXT", f"{long} ftp://me:hush@host")
    assert list(secret_lines(f"{long}\n{long} password=hush")) == [2]


@pytest.mark.parametrize("value", ["9http://me:hush@host", "-x+y://me:hush@host", "see A9.z://me:hush@host"])
def test_a_scheme_is_found_after_whatever_stands_before_it(value: str):
    assert looks_secret("ANY", value) == "it is a URL with a password"
    assert not looks_secret("ANY", value.replace("//me", "/me"))
