-- One step a version: statements between "-- N" lines run once, in order, each step in a transaction.
-- 1
CREATE TABLE targets (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, url TEXT NOT NULL, every TEXT NOT NULL,
  options TEXT NOT NULL, alerts TEXT NOT NULL, quiet TEXT NOT NULL, maintenance TEXT NOT NULL,
  added REAL NOT NULL, next REAL NOT NULL, paused INTEGER NOT NULL DEFAULT 0);
CREATE TABLE reports (
  id INTEGER PRIMARY KEY, content_hash TEXT NOT NULL, length INTEGER NOT NULL, packed BLOB NOT NULL);
CREATE INDEX reports_by_hash ON reports (content_hash);
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, target INTEGER NOT NULL REFERENCES targets ON DELETE CASCADE,
  started REAL NOT NULL, finished REAL, state INTEGER NOT NULL, score INTEGER, grade TEXT, findings INTEGER,
  requests INTEGER, reason TEXT, report INTEGER REFERENCES reports, owner TEXT NOT NULL);
CREATE INDEX runs_by_target ON runs (target, id);
CREATE UNIQUE INDEX one_open_run ON runs (target) WHERE state = 0;
CREATE TABLE findings (
  target INTEGER NOT NULL REFERENCES targets ON DELETE CASCADE, fingerprint TEXT NOT NULL, check_id TEXT NOT NULL,
  title TEXT NOT NULL, place TEXT NOT NULL, severity INTEGER NOT NULL, first_seen REAL NOT NULL, last_seen REAL NOT NULL,
  fixed REAL NOT NULL DEFAULT 0, times_back INTEGER NOT NULL DEFAULT 0, last_run INTEGER NOT NULL,
  told_lasts INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (target, fingerprint)) WITHOUT ROWID;
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, target INTEGER NOT NULL REFERENCES targets ON DELETE CASCADE,
  run INTEGER NOT NULL, channel TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
  attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, sent REAL, error TEXT, owner TEXT, UNIQUE (run, channel));
CREATE INDEX alerts_waiting ON alerts (due) WHERE state = 'waiting';
-- 2
ALTER TABLE runs ADD COLUMN job TEXT;
CREATE UNIQUE INDEX runs_by_job ON runs (job) WHERE job IS NOT NULL;
-- 3
CREATE INDEX targets_by_next ON targets (next);
