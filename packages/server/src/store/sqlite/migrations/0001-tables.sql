-- Times are ms since the epoch. Ids of events, subscriptions and replays are the 16 bytes of their UUID; a live delivery's cause is the
-- one byte 0xFF, behind all replays. `project` is `projects.number`: two bytes in every key instead of 36.

CREATE TABLE projects (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  match_version INTEGER NOT NULL,
  -- Highest `events.n` that retention removed.
  expired_n INTEGER NOT NULL,
  -- Closed from then on; its rows are being purged.
  deleted_at INTEGER
) STRICT;

CREATE TABLE wrapped_keys (
  n INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  wrapped BLOB NOT NULL
) STRICT;
CREATE INDEX wrapped_keys_of_project ON wrapped_keys (project);

CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

CREATE TABLE credentials (
  project INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,
  PRIMARY KEY (project, id)
) STRICT;
CREATE INDEX credentials_revoked ON credentials (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE subscriptions (
  project INTEGER NOT NULL,
  id BLOB NOT NULL,
  name TEXT,
  channel TEXT NOT NULL,
  matches TEXT,
  ordered INTEGER NOT NULL,
  on_dead TEXT NOT NULL,
  max_attempts INTEGER NOT NULL,
  labels TEXT NOT NULL,
  state TEXT NOT NULL,
  state_reason TEXT,
  identity TEXT NOT NULL,
  endpoint_shard INTEGER,
  effective_at INTEGER NOT NULL,
  catch_up_to INTEGER,
  failing_since INTEGER,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (project, id)
) STRICT;
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
  shard INTEGER PRIMARY KEY,
  owner TEXT,
  fence INTEGER NOT NULL,
  held_until INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  -- `projects.id`: the job that purges a project outlives its row.
  project TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  position TEXT,
  done INTEGER NOT NULL,
  total INTEGER,
  error TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  fence INTEGER NOT NULL,
  held_until INTEGER NOT NULL,
  input BLOB NOT NULL
) STRICT;
CREATE INDEX jobs_running ON jobs (held_until) WHERE state = 'running';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE event_types (
  project INTEGER NOT NULL,
  type TEXT NOT NULL,
  last_seen_at INTEGER NOT NULL,
  PRIMARY KEY (project, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  -- Place in the feed. AUTOINCREMENT: never used again after a delete.
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL,
  id BLOB NOT NULL,
  type TEXT,
  source TEXT,
  tags TEXT,
  -- Index into PRIORITIES.
  priority INTEGER NOT NULL,
  occurred_at INTEGER,
  -- NULL: application/json.
  content_type TEXT,
  subject_index TEXT,
  ordering_key_index TEXT,
  position INTEGER,
  -- The latest time of acceptance in the project's feed up to here; NULL: the event's own.
  latest_at INTEGER,
  bytes INTEGER NOT NULL,
  is_planned INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_id ON events (project, id);
-- Each entry ends in the rowid `n`: this is the order of the feed.
CREATE INDEX events_feed ON events (project);
CREATE INDEX events_subject ON events (project, subject_index, id) WHERE subject_index IS NOT NULL;
CREATE INDEX events_subject_feed ON events (project, subject_index) WHERE subject_index IS NOT NULL;

CREATE TABLE deliveries (
  project INTEGER NOT NULL,
  event BLOB NOT NULL,
  subscription BLOB NOT NULL,
  cause BLOB NOT NULL,
  -- Index into DELIVERY_STATES: 0 pending, 1 leased, 2 acknowledged, 3 dead, 4 cancelled.
  state INTEGER NOT NULL,
  -- Where an open one stands: 0 pending, 1 leased, 2 pending behind the head of its lane. NULL: settled.
  shelf INTEGER,
  rank INTEGER NOT NULL,
  -- When a lease may find it. NULL: it is settled, or its lane keeps it back.
  ready_at INTEGER,
  due_at INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  attempt_base INTEGER NOT NULL,
  takeovers INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  leased_at INTEGER,
  settled_at INTEGER,
  lease_token TEXT,
  state_reason TEXT,
  -- 1 while leased with no attempt left.
  is_last INTEGER,
  lane_key TEXT,
  position INTEGER,
  parks INTEGER,
  PRIMARY KEY (project, event, subscription, cause)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_open ON deliveries (project, subscription, shelf, rank, ready_at)
  WHERE shelf IS NOT NULL;
CREATE INDEX deliveries_dead ON deliveries (project, subscription) WHERE state = 3;
CREATE INDEX deliveries_last ON deliveries (due_at) WHERE is_last IS NOT NULL;
CREATE INDEX deliveries_lane ON deliveries (project, subscription, lane_key, position)
  WHERE lane_key IS NOT NULL AND (state < 2 OR (state = 3 AND parks = 1));
CREATE INDEX deliveries_lane_out ON deliveries (project, subscription, lane_key)
  WHERE lane_key IS NOT NULL AND state = 1;

CREATE TABLE attempts (
  project INTEGER NOT NULL,
  event BLOB NOT NULL,
  subscription BLOB NOT NULL,
  cause BLOB NOT NULL,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  status_code INTEGER,
  error_code TEXT,
  sealed_excerpt BLOB,
  PRIMARY KEY (project, event, subscription, cause, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
  -- `events.n`: oldest first, and within an ordering key in the order of its positions.
  n INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  event BLOB NOT NULL,
  ordering_key_index TEXT,
  due_at INTEGER NOT NULL,
  -- How many entries are expanded.
  taken INTEGER NOT NULL,
  -- 17 bytes each: subscription, flags (1 ordered, 2 parks).
  entries BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX plans_event ON plans (project, event);
CREATE INDEX plans_key ON plans (project, ordering_key_index) WHERE ordering_key_index IS NOT NULL;

CREATE TABLE ordering_keys (
  project INTEGER NOT NULL,
  key_index TEXT NOT NULL,
  -- The last one given.
  position INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  -- `used_at` in whole hours: what the sweep's index needs, so that it is written once an hour.
  used_hour INTEGER NOT NULL,
  PRIMARY KEY (project, key_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX ordering_keys_unused ON ordering_keys (used_hour);

CREATE TABLE idempotency (
  project INTEGER NOT NULL,
  kind TEXT NOT NULL,
  key_index TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  event BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (project, kind, key_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_expiry ON idempotency (expires_at);

INSERT INTO owners (shard, owner, fence, held_until)
  WITH RECURSIVE shards (shard) AS (SELECT 0 UNION ALL SELECT shard + 1 FROM shards WHERE shard < 255)
  SELECT shard, NULL, 0, 0 FROM shards;
