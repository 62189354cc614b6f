-- Addresses that are told of every published edition, and how far each has been told.
SET LOCAL ROLE wangge_owner;

CREATE TABLE api.webhook (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url text NOT NULL UNIQUE,
    secret text NOT NULL,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    told int NOT NULL DEFAULT 0,
    tries int NOT NULL DEFAULT 0,
    next_try timestamptz NOT NULL DEFAULT now(),
    last_error text
);
COMMENT ON COLUMN api.webhook.secret IS 'signs what is sent; shown once, when it is made';
COMMENT ON COLUMN api.webhook.told IS 'last edition that the receiver has confirmed';
COMMENT ON COLUMN api.webhook.tries IS 'failed attempts in a row to tell the next edition';
GRANT SELECT, INSERT, UPDATE, DELETE ON api.webhook TO wangge_service;
