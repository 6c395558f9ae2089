-- Times are ms since the epoch. Ids of events, subscriptions and replays are `uuid`; the cause of a live delivery is the highest uuid, behind all
-- replays. `project` is `projects.number`: 4 bytes in every key instead of 16. Texts that are compared or sorted say COLLATE "C": by bytes, whatever the
-- language of the database.

CREATE TABLE projects (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL,
  created_at bigint NOT NULL,
  match_version bigint NOT NULL,
  -- Highest place in the feed that retention removed.
  expired_epoch integer NOT NULL DEFAULT 0,
  expired_xid xid8 NOT NULL DEFAULT '0',
  expired_n integer NOT NULL DEFAULT 0,
  -- Closed from then on; its rows are being purged.
  deleted_at bigint,
  -- The transaction that closed it. Those that began before may still bring rows; none does once all of them are over.
  deleted_xid xid8
) WITH (fillfactor = 50);

CREATE TABLE wrapped_keys (
  n integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project integer NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  created_at bigint NOT NULL,
  wrapped bytea NOT NULL
);
CREATE INDEX wrapped_keys_of_project ON wrapped_keys (project);

CREATE TABLE settings (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);

CREATE TABLE credentials (
  project integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  scopes text NOT NULL,
  token_hash text COLLATE "C" NOT NULL UNIQUE,
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint,
  last_used_at bigint,
  PRIMARY KEY (project, id)
) WITH (fillfactor = 70);
CREATE INDEX credentials_revoked ON credentials (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE subscriptions (
  project integer NOT NULL,
  id uuid NOT NULL,
  name text COLLATE "C",
  channel text NOT NULL,
  matches text,
  ordered boolean NOT NULL,
  on_dead text NOT NULL,
  max_attempts integer NOT NULL,
  labels text[] NOT NULL,
  state text NOT NULL,
  state_reason text,
  identity text COLLATE "C" NOT NULL,
  endpoint_shard smallint,
  effective_at bigint NOT NULL,
  catch_up_to bigint,
  failing_since bigint,
  expires_at bigint,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  version integer NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (project, id)
);
ALTER TABLE subscriptions ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX subscriptions_identity ON subscriptions (project, identity)
  WHERE state NOT IN ('ended', 'deleted');
CREATE UNIQUE INDEX subscriptions_name ON subscriptions (project, name)
  WHERE name IS NOT NULL AND state NOT IN ('ended', 'deleted');
CREATE INDEX subscriptions_endpoint ON subscriptions (project, id)
  WHERE endpoint_shard IS NOT NULL AND state NOT IN ('ended', 'deleted');
CREATE INDEX subscriptions_expiry ON subscriptions (expires_at)
  WHERE expires_at IS NOT NULL AND state NOT IN ('ended', 'deleted');
CREATE INDEX subscriptions_over ON subscriptions (updated_at) WHERE state IN ('ended', 'deleted');

CREATE TABLE owners (
  shard smallint PRIMARY KEY,
  owner text,
  fence bigint NOT NULL,
  held_until bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE jobs (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  -- `projects.id`: the job that purges a project outlives its row.
  project text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  position text,
  done bigint NOT NULL,
  total bigint,
  error text,
  created_at bigint NOT NULL,
  finished_at bigint,
  fence bigint NOT NULL,
  held_until bigint NOT NULL,
  input bytea NOT NULL
);
CREATE INDEX jobs_running ON jobs (held_until) WHERE state = 'running';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE event_types (
  project integer NOT NULL,
  type text COLLATE "C" NOT NULL,
  last_seen_at bigint NOT NULL,
  PRIMARY KEY (project, type)
) WITH (fillfactor = 50);

-- The lives of this database in the eyes of the feed. A server that was filled from a dump counts its transactions from the beginning again: what it
-- commits belongs to the next epoch.
CREATE TABLE feed_epochs (
  epoch integer PRIMARY KEY,
  -- The transaction that opened it.
  opened_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
INSERT INTO feed_epochs (epoch) VALUES (1);

-- Columns from wide to narrow: no bytes between them.
CREATE TABLE events (
  -- Place in the feed: epoch, transaction, place in the transaction.
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  expires_at bigint NOT NULL,
  occurred_at bigint,
  -- In its ordering key.
  position bigint,
  project integer NOT NULL,
  epoch integer NOT NULL,
  n integer NOT NULL,
  bytes integer NOT NULL,
  -- Index into PRIORITIES.
  priority smallint NOT NULL,
  is_planned boolean NOT NULL,
  id uuid NOT NULL,
  type text,
  source text,
  tags text,
  -- NULL: application/json.
  content_type text,
  subject_index text COLLATE "C",
  ordering_key_index text COLLATE "C",
  sealed bytea NOT NULL
);
-- What is sealed does not compress: it is not even tried.
ALTER TABLE events ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX events_id ON events (project, id);
CREATE INDEX events_feed ON events (project, epoch, xid, n);
CREATE INDEX events_subject ON events (project, subject_index, id) WHERE subject_index IS NOT NULL;
CREATE INDEX events_subject_feed ON events (project, subject_index, epoch, xid, n) WHERE subject_index IS NOT NULL;

-- Two tables that are read and updated as one. What is open, or dead and holds its lane, stays in the small one, where leases look; what is over moves to
-- the large one and is hardly touched again. So neither dead row versions nor their cleaning grow with what was settled. Rejected: one table with the same partial
-- index, where a vacuum walks the key index of everything that was ever settled, and a settle took 7.2 µs a row instead of 4.7 (PostgreSQL 15).
CREATE TABLE deliveries (
  due_at bigint NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  -- When a lease may find it. NULL: it is settled, or its lane keeps it back.
  ready_at bigint,
  leased_at bigint,
  settled_at bigint,
  position bigint,
  project integer NOT NULL,
  attempt integer NOT NULL,
  attempt_base integer NOT NULL,
  takeovers integer NOT NULL,
  bytes integer NOT NULL,
  -- Index into DELIVERY_STATES: 0 pending, 1 leased, 2 acknowledged, 3 dead, 4 cancelled.
  state smallint NOT NULL,
  -- Where an open one stands: 0 pending, 1 leased, 2 pending behind the head of its lane. NULL: settled.
  shelf smallint,
  rank smallint NOT NULL,
  is_over boolean NOT NULL,
  -- True while leased with no attempt left.
  is_last boolean NOT NULL,
  parks boolean,
  event uuid NOT NULL,
  subscription uuid NOT NULL,
  cause uuid NOT NULL,
  lease_token text,
  state_reason text,
  lane_key text COLLATE "C"
) PARTITION BY LIST (is_over);
CREATE TABLE deliveries_open PARTITION OF deliveries FOR VALUES IN (false);
CREATE TABLE deliveries_over PARTITION OF deliveries FOR VALUES IN (true);

-- Every lease and settle leaves a dead version behind, and a lease walks over the index entries of those that stand before the first live one. By default they are
-- cleaned away when they are a fifth of the table; here after 20,000, without pauses. A lease of 100 beside 10,700,000 settled ones, PostgreSQL 18, 2 cores: p95 4.6 ms with
-- 1,500,000 waiting and none dead, 20.7 ms with 1,000,000 waiting and 1,030,000 dead, 9.1 ms right after those were cleaned away.
ALTER TABLE deliveries_open SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_cost_delay = 0, vacuum_index_cleanup = on);

-- Whoever adds deliveries to a stored event holds the event's row: no key stands in both tables.
CREATE UNIQUE INDEX deliveries_open_key ON deliveries_open (project, event, subscription, cause);
CREATE UNIQUE INDEX deliveries_over_key ON deliveries_over (project, event, subscription, cause);
CREATE INDEX deliveries_ready ON deliveries_open (project, subscription, shelf, rank, ready_at)
  WHERE shelf IS NOT NULL;
CREATE INDEX deliveries_last ON deliveries_open (due_at) WHERE is_last;
CREATE INDEX deliveries_lane ON deliveries_open (project, subscription, lane_key, position)
  WHERE lane_key IS NOT NULL;
CREATE INDEX deliveries_open_dead ON deliveries_open (project, subscription, event, cause) WHERE state = 3;
CREATE INDEX deliveries_over_dead ON deliveries_over (project, subscription, event, cause) WHERE state = 3;

CREATE TABLE attempts (
  started_at bigint NOT NULL,
  project integer NOT NULL,
  number integer NOT NULL,
  duration_ms integer NOT NULL,
  status_code integer,
  event uuid NOT NULL,
  subscription uuid NOT NULL,
  cause uuid NOT NULL,
  error_code text,
  sealed_excerpt bytea,
  PRIMARY KEY (project, event, subscription, cause, number)
);
ALTER TABLE attempts ALTER COLUMN sealed_excerpt SET STORAGE EXTERNAL;

CREATE TABLE plans (
  -- Oldest first, and within an ordering key in the order of its positions.
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project integer NOT NULL,
  event uuid NOT NULL,
  ordering_key_index text COLLATE "C",
  due_at bigint NOT NULL,
  -- How many entries are expanded.
  taken integer NOT NULL,
  -- 17 bytes each: subscription, flags (1 ordered, 2 parks).
  entries bytea NOT NULL
);
ALTER TABLE plans ALTER COLUMN entries SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX plans_event ON plans (project, event);
CREATE INDEX plans_key ON plans (project, ordering_key_index, n) WHERE ordering_key_index IS NOT NULL;

-- Its row is also the lock of an ordering key: whoever changes which deliveries stand in a lane of the key holds it until the commit.
CREATE TABLE ordering_keys (
  -- The last one given.
  position bigint NOT NULL,
  used_at bigint NOT NULL,
  project integer NOT NULL,
  -- `used_at` in whole hours: what the sweep's index needs, so that only the first use in an hour changes the index.
  used_hour integer NOT NULL,
  key_index text COLLATE "C" NOT NULL,
  PRIMARY KEY (project, key_index)
) WITH (fillfactor = 50);
CREATE INDEX ordering_keys_unused ON ordering_keys (used_hour);

CREATE TABLE idempotency (
  expires_at bigint NOT NULL,
  -- When the event was accepted that has the key.
  claimed_at bigint NOT NULL,
  project integer NOT NULL,
  event uuid NOT NULL,
  kind text COLLATE "C" NOT NULL,
  key_index text COLLATE "C" NOT NULL,
  fingerprint text NOT NULL,
  PRIMARY KEY (project, kind, key_index)
);
CREATE INDEX idempotency_expiry ON idempotency (expires_at);

INSERT INTO owners (shard, fence, held_until) SELECT shard, 0, 0 FROM generate_series(0, 255) AS shard;

-- What nodes tell each other of their load, one row each. Not written through the log: a crash may lose it.
CREATE UNLOGGED TABLE node_demands (
  node text COLLATE "C" PRIMARY KEY,
  noted_at bigint NOT NULL,
  limits text[] NOT NULL,
  per_second double precision[] NOT NULL
) WITH (fillfactor = 50);
