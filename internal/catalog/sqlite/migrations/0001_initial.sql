-- The first schema. Migrations are immutable once released: changes go into the next number.
-- Instants are Unix milliseconds; 0 is "never". Every id comes from id_sequence.

CREATE TABLE id_sequence (
    name TEXT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE tag_group (
    id     BIGINT  NOT NULL PRIMARY KEY,
    name   TEXT    NOT NULL UNIQUE,
    single BOOLEAN NOT NULL,
    place  BIGINT  NOT NULL
);

CREATE TABLE tag (
    id       BIGINT NOT NULL PRIMARY KEY,
    group_id BIGINT NOT NULL REFERENCES tag_group (id),
    name     TEXT   NOT NULL,
    place    BIGINT NOT NULL,
    origin   TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    UNIQUE (group_id, name)
);

-- live is the version in the newest generation, 0 for none.
CREATE TABLE rule (
    id      BIGINT NOT NULL PRIMARY KEY,
    name    TEXT   NOT NULL UNIQUE,
    state   TEXT   NOT NULL,
    newest  BIGINT NOT NULL,
    live    BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE TABLE rule_version (
    rule_id  BIGINT NOT NULL REFERENCES rule (id),
    version  BIGINT NOT NULL,
    document TEXT   NOT NULL,
    author   TEXT   NOT NULL,
    note     TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    PRIMARY KEY (rule_id, version)
);

CREATE TABLE document (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);

-- content is JSON: groups, tags, rules, documents as they were published.
CREATE TABLE generation (
    number    BIGINT NOT NULL PRIMARY KEY,
    published BIGINT NOT NULL,
    author    TEXT   NOT NULL,
    note      TEXT   NOT NULL,
    zone      TEXT   NOT NULL,
    content   TEXT   NOT NULL
);

-- name is the rule's name when it was published.
CREATE TABLE generation_rule (
    generation BIGINT NOT NULL REFERENCES generation (number),
    rule_id    BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    PRIMARY KEY (generation, rule_id),
    FOREIGN KEY (rule_id, version) REFERENCES rule_version (rule_id, version)
);

CREATE TABLE source (
    id       BIGINT  NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    kind     TEXT    NOT NULL,
    disabled BOOLEAN NOT NULL,
    created  BIGINT  NOT NULL
);

-- hash is the SHA-256 of the key in hexadecimal; the key itself is nowhere.
CREATE TABLE write_key (
    id        BIGINT NOT NULL PRIMARY KEY,
    source_id BIGINT NOT NULL REFERENCES source (id),
    hash      TEXT   NOT NULL UNIQUE,
    prefix    TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    revoked   BIGINT NOT NULL
);

CREATE TABLE api_key (
    id        BIGINT NOT NULL PRIMARY KEY,
    name      TEXT   NOT NULL,
    role      TEXT   NOT NULL,
    hash      TEXT   NOT NULL UNIQUE,
    prefix    TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    revoked   BIGINT NOT NULL
);

CREATE TABLE seen_type (
    type     TEXT   NOT NULL,
    source   TEXT   NOT NULL,
    n        BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (type, source)
);

-- kinds is a JSON object of counts, samples a JSON array of value and count.
CREATE TABLE seen_property (
    type     TEXT   NOT NULL,
    path     TEXT   NOT NULL,
    n        BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    kinds    TEXT   NOT NULL,
    samples  TEXT   NOT NULL,
    PRIMARY KEY (type, path)
);

CREATE TABLE alias (
    id        BIGINT NOT NULL PRIMARY KEY,
    source    TEXT   NOT NULL,
    from_type TEXT   NOT NULL,
    to_type   TEXT   NOT NULL,
    document  TEXT   NOT NULL,
    author    TEXT   NOT NULL,
    updated   BIGINT NOT NULL,
    UNIQUE (source, from_type)
);

CREATE TABLE import_run (
    id        BIGINT NOT NULL PRIMARY KEY,
    file      TEXT   NOT NULL,
    content   TEXT   NOT NULL,
    mapping   TEXT   NOT NULL,
    source    TEXT   NOT NULL,
    state     TEXT   NOT NULL,
    position  BIGINT NOT NULL,
    rows_read BIGINT NOT NULL,
    accepted  BIGINT NOT NULL,
    repeated  BIGINT NOT NULL,
    refused   BIGINT NOT NULL,
    error     TEXT   NOT NULL,
    started   BIGINT NOT NULL,
    updated   BIGINT NOT NULL,
    UNIQUE (content, mapping, source)
);

CREATE TABLE refused (
    id     BIGINT NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL,
    source TEXT   NOT NULL,
    code   TEXT   NOT NULL,
    body   TEXT   NOT NULL,
    place  TEXT   NOT NULL,
    sample TEXT   NOT NULL
);

CREATE TABLE refused_count (
    source  TEXT   NOT NULL,
    code    TEXT   NOT NULL,
    n       BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (source, code)
);

-- customer and other are the 64 bits of the id as a signed number.
CREATE TABLE notice_conflict (
    id       BIGINT NOT NULL PRIMARY KEY,
    kind     TEXT   NOT NULL,
    code     TEXT   NOT NULL,
    source   TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    customer BIGINT NOT NULL,
    other    BIGINT NOT NULL,
    detail   TEXT   NOT NULL,
    n        BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    UNIQUE (kind, code, source, subject, customer, other)
);

CREATE INDEX notice_conflict_last ON notice_conflict (last_at, id);

CREATE TABLE audit (
    id     BIGINT NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL,
    actor  TEXT   NOT NULL,
    action TEXT   NOT NULL,
    object TEXT   NOT NULL,
    detail TEXT   NOT NULL
);
