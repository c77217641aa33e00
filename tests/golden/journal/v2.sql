PRAGMA user_version=2;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE deployments (
  deployment TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  next_sequence INTEGER NOT NULL,
  finished INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO "deployments" VALUES('01golden0000000000000000a1','mangaassist','local','orchestrator',1,17,1,1);
INSERT INTO "deployments" VALUES('01golden0000000000000000b2','mangaassist','local','rag',1,1,1,0);
INSERT INTO "deployments" VALUES('01golden0000000000000000c3','mangaassist','local','orchestrator',2,1,0,0);
CREATE TABLE leases (
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  deployment TEXT,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  taken_at_milliseconds INTEGER NOT NULL,
  PRIMARY KEY (project, environment, service)
) WITHOUT ROWID;
INSERT INTO "leases" VALUES('mangaassist','local','orchestrator','01golden0000000000000000c3','bob on host (pid 3)',2,1795447933123);
INSERT INTO "leases" VALUES('mangaassist','local','rag',NULL,'ada on host (pid 2)',1,1795447828123);
CREATE TABLE live (
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  revision TEXT NOT NULL,
  slot TEXT NOT NULL,
  listen TEXT NOT NULL,
  host TEXT NOT NULL,
  path TEXT NOT NULL,
  PRIMARY KEY (project, environment, service)
) WITHOUT ROWID;
INSERT INTO "live" VALUES('mangaassist','local','rag','{"id":"rev-3","image":"127.0.0.1:5000/chatbot@sha256:22","label":"sha-2222222","port":8080,"replicas":2,"health":{"path":"/health","every_milliseconds":2000,"within_milliseconds":60000},"network":"host","limits":{"memory_bytes":134217728,"cpus":5E-1,"pids":256},"read_only":true,"command":["python","-m","app"],"env":{"LOG_LEVEL":"info"},"secrets":{"A":{"source":{"file":"secrets/a"},"fingerprint":"f1"},"B":{"source":{"command":["pass","show","b"]},"fingerprint":"f2"},"C":{"source":{"env":"C"},"fingerprint":"f3"}},"base_directory":"/srv/app"}','b','127.0.0.1:20080','chat.example.com','/api');
CREATE TABLE progress (
  deployment TEXT PRIMARY KEY REFERENCES deployments,
  bytes BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE queued (
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  deployment TEXT NOT NULL UNIQUE,
  at_milliseconds INTEGER NOT NULL,
  started TEXT NOT NULL,
  PRIMARY KEY (project, environment, service)
) WITHOUT ROWID;
INSERT INTO "queued" VALUES('mangaassist','local','orchestrator','01golden0000000000000000d4',1795448000123,'{"v":2,"type":"started","plan":{"deployment":"01golden0000000000000000d4","service":{"project":"mangaassist","environment":"local","service":"orchestrator"},"requested_by":"ada","green":{"id":"rev-2","image":"127.0.0.1:5000/chatbot@sha256:22","label":"sha-2222222","port":8080,"replicas":2,"health":{"path":"/health","every_milliseconds":2000,"within_milliseconds":60000},"network":"host","limits":{"memory_bytes":134217728,"cpus":5E-1,"pids":256},"read_only":true,"command":["python","-m","app"],"env":{"LOG_LEVEL":"info"},"secrets":{"A":{"source":{"file":"secrets/a"},"fingerprint":"f1"},"B":{"source":{"command":["pass","show","b"]},"fingerprint":"f2"},"C":{"source":{"env":"C"},"fingerprint":"f3"}},"base_directory":"/srv/app"},"blue":{"id":"rev-1","image":"127.0.0.1:5000/chatbot@sha256:22","label":"sha-2222222","port":8080,"replicas":2,"health":{"path":"/health","every_milliseconds":2000,"within_milliseconds":60000},"network":"host","limits":{"memory_bytes":134217728,"cpus":5E-1,"pids":256},"read_only":true,"command":["python","-m","app"],"env":{"LOG_LEVEL":"info"},"secrets":{"A":{"source":{"file":"secrets/a"},"fingerprint":"f1"},"B":{"source":{"command":["pass","show","b"]},"fingerprint":"f2"},"C":{"source":{"env":"C"},"fingerprint":"f3"}},"base_directory":"/srv/app"},"green_slot":"b","before":{"open":true,"slot_b_basis_points":0},"front_door":{"listen":"127.0.0.1:20080","host":"chat.example.com","path":"/api"},"strategy":{"steps":[{"weight_basis_points":1000,"bake_milliseconds":20000},{"weight_basis_points":2525,"bake_milliseconds":10000},{"weight_basis_points":10000,"bake_milliseconds":0}],"hold_for_milliseconds":3600000,"drain_milliseconds":30000,"drain_websockets_milliseconds":600000},"hooks":[{"point":"BeforeAllowTraffic","within_milliseconds":30000,"http":"http://127.0.0.1:9000/v"},{"point":"AfterInstall","within_milliseconds":120000,"command":["./check"]}],"release_command":["python","-m","app.migrate"],"release_within_milliseconds":300000,"smoke":[{"name":"chat","method":"POST","path":"/api/v1/chat","headers":{"Content-Type":"application/json"},"body":"{\"message\":\"hi\"}","expected_status":200,"within_milliseconds":3000,"json":[{"pointer":"/intent","expected":"\"order_return\""}],"retries":1}],"alarms":[{"name":"http_5xx","metric":"error_rate","above":1E-2,"datapoints":2,"out_of":3,"every_milliseconds":5000,"minimum_samples":20,"missing":"hold","then":"rollback"},{"name":"unhealthy","metric":"failed_health_checks","above":0E0,"datapoints":1,"out_of":1,"every_milliseconds":60000,"minimum_samples":1,"missing":"ignore","then":"hold"}],"notify":[{"slack_webhook":{"env":"SLACK_WEBHOOK"},"on":["failed","held"]}],"while_alarming":false}}');
CREATE TABLE records (
  deployment TEXT NOT NULL REFERENCES deployments,
  sequence INTEGER NOT NULL,
  at_milliseconds INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (deployment, sequence)
) WITHOUT ROWID;
INSERT INTO "records" VALUES('01golden0000000000000000a1',0,1795447728123,'{"v":1,"type":"started","plan":{"deployment":"01golden0000000000000000a1","service":{"project":"mangaassist","environment":"local","service":"orchestrator"},"requested_by":"ada","green":{"id":"rev-2","image":"127.0.0.1:5000/chatbot@sha256:22","label":"sha-2222222","port":8080,"replicas":2,"health":{"path":"/health","every_milliseconds":2000,"within_milliseconds":60000},"network":"host","limits":{"memory_bytes":134217728,"cpus":5E-1,"pids":256},"read_only":true,"command":["python","-m","app"],"env":{"LOG_LEVEL":"info"},"secrets":{"A":{"source":{"file":"secrets/a"},"fingerprint":"f1"},"B":{"source":{"command":["pass","show","b"]},"fingerprint":"f2"},"C":{"source":{"env":"C"},"fingerprint":"f3"}},"base_directory":"/srv/app"},"blue":{"id":"rev-1","image":"127.0.0.1:5000/chatbot@sha256:22","label":"sha-2222222","port":8080,"replicas":2,"health":{"path":"/health","every_milliseconds":2000,"within_milliseconds":60000},"network":"host","limits":{"memory_bytes":134217728,"cpus":5E-1,"pids":256},"read_only":true,"command":["python","-m","app"],"env":{"LOG_LEVEL":"info"},"secrets":{"A":{"source":{"file":"secrets/a"},"fingerprint":"f1"},"B":{"source":{"command":["pass","show","b"]},"fingerprint":"f2"},"C":{"source":{"env":"C"},"fingerprint":"f3"}},"base_directory":"/srv/app"},"green_slot":"b","before":{"open":true,"slot_b_basis_points":0},"front_door":{"listen":"127.0.0.1:20080","host":"chat.example.com","path":"/api"},"strategy":{"steps":[{"weight_basis_points":1000,"bake_milliseconds":20000},{"weight_basis_points":2525,"bake_milliseconds":10000},{"weight_basis_points":10000,"bake_milliseconds":0}],"hold_for_milliseconds":3600000,"drain_milliseconds":30000,"drain_websockets_milliseconds":600000},"hooks":[{"point":"BeforeAllowTraffic","within_milliseconds":30000,"http":"http://127.0.0.1:9000/v"},{"point":"AfterInstall","within_milliseconds":120000,"command":["./check"]}],"release_command":["python","-m","app.migrate"],"release_within_milliseconds":300000,"smoke":[{"name":"chat","method":"POST","path":"/api/v1/chat","headers":{"Content-Type":"application/json"},"body":"{\"message\":\"hi\"}","expected_status":200,"within_milliseconds":3000,"json":[{"pointer":"/intent","expected":"\"order_return\""}],"retries":1}],"alarms":[{"name":"http_5xx","metric":"error_rate","above":1E-2,"datapoints":2,"out_of":3,"every_milliseconds":5000,"minimum_samples":20,"missing":"hold","then":"rollback"},{"name":"unhealthy","metric":"failed_health_checks","above":0E0,"datapoints":1,"out_of":1,"every_milliseconds":60000,"minimum_samples":1,"missing":"ignore","then":"hold"}],"notify":[{"slack_webhook":{"env":"SLACK_WEBHOOK"},"on":["failed","held"]}],"while_alarming":false}}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',1,1795447729123,'{"v":1,"type":"effect_succeeded","token":"t1","lines":["a line","another"]}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',2,1795447730123,'{"v":1,"type":"effect_failed","token":"t2","kind":"unknown_outcome","message":"the reply was lost"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',3,1795447731123,'{"v":1,"type":"checks_judged","token":"t3","results":[{"alarm":"http_5xx","verdict":"ok","sentence":"fine"},{"alarm":"unhealthy","verdict":"no_data","sentence":"nothing"}]}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',4,1795447732123,'{"v":1,"type":"alarm_breached","result":{"alarm":"http_5xx","verdict":"breaching","sentence":"GREEN answered 5xx to 20.3% of requests (14 of 69)"}}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',5,1795447733123,'{"v":1,"type":"alarm_cleared","alarm":"http_5xx"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',6,1795447734123,'{"v":1,"type":"green_lost","reason":"crash loop: exit code 1"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',7,1795447735123,'{"v":1,"type":"split_drifted","observed":{"open":true,"slot_b_basis_points":2525}}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',8,1795447736123,'{"v":1,"type":"deadline_reached"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',9,1795447737123,'{"v":1,"type":"recovered"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',10,1795447738123,'{"v":1,"type":"promote_requested","by":"bob","full":true}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',11,1795447739123,'{"v":1,"type":"hold_requested","by":"bob"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',12,1795447740123,'{"v":1,"type":"rollback_requested","by":"bob","reason":"looks wrong"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',13,1795447741123,'{"v":1,"type":"cancel_requested","by":"bob"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',14,1795447742123,'{"v":1,"type":"superseded","by":"eve","deployment":"01golden0000000000000000b2"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',15,1795447743123,'{"v":1,"type":"message_delivered","token":"m1"}');
INSERT INTO "records" VALUES('01golden0000000000000000a1',16,1795447798123,'{"v":1,"type":"message_abandoned","token":"m2","reason":"the webhook is gone"}');
INSERT INTO "records" VALUES('01golden0000000000000000b2',0,1795447828123,'{"v":1,"type":"started","plan":{"deployment":"01golden0000000000000000b2","service":{"project":"mangaassist","environment":"local","service":"rag"},"requested_by":"ada","green":{"id":"rev-3","image":"127.0.0.1:5000/chatbot@sha256:22","label":"sha-2222222","port":8080,"replicas":2,"health":{"path":"/health","every_milliseconds":2000,"within_milliseconds":60000},"network":"host","limits":{"memory_bytes":134217728,"cpus":5E-1,"pids":256},"read_only":true,"command":["python","-m","app"],"env":{"LOG_LEVEL":"info"},"secrets":{"A":{"source":{"file":"secrets/a"},"fingerprint":"f1"},"B":{"source":{"command":["pass","show","b"]},"fingerprint":"f2"},"C":{"source":{"env":"C"},"fingerprint":"f3"}},"base_directory":"/srv/app"},"blue":null,"green_slot":"b","before":{"open":true,"slot_b_basis_points":0},"front_door":{"listen":"127.0.0.1:20080","host":"chat.example.com","path":"/api"},"strategy":{"steps":[{"weight_basis_points":1000,"bake_milliseconds":20000},{"weight_basis_points":2525,"bake_milliseconds":10000},{"weight_basis_points":10000,"bake_milliseconds":0}],"hold_for_milliseconds":3600000,"drain_milliseconds":30000,"drain_websockets_milliseconds":600000},"hooks":[{"point":"BeforeAllowTraffic","within_milliseconds":30000,"http":"http://127.0.0.1:9000/v"},{"point":"AfterInstall","within_milliseconds":120000,"command":["./check"]}],"release_command":["python","-m","app.migrate"],"release_within_milliseconds":300000,"smoke":[{"name":"chat","method":"POST","path":"/api/v1/chat","headers":{"Content-Type":"application/json"},"body":"{\"message\":\"hi\"}","expected_status":200,"within_milliseconds":3000,"json":[{"pointer":"/intent","expected":"\"order_return\""}],"retries":1}],"alarms":[{"name":"http_5xx","metric":"error_rate","above":1E-2,"datapoints":2,"out_of":3,"every_milliseconds":5000,"minimum_samples":20,"missing":"hold","then":"rollback"},{"name":"unhealthy","metric":"failed_health_checks","above":0E0,"datapoints":1,"out_of":1,"every_milliseconds":60000,"minimum_samples":1,"missing":"ignore","then":"hold"}],"notify":[{"slack_webhook":{"env":"SLACK_WEBHOOK"},"on":["failed","held"]}],"while_alarming":false}}');
INSERT INTO "records" VALUES('01golden0000000000000000c3',0,1795447928123,'{"v":1,"type":"started","plan":{"deployment":"01golden0000000000000000c3","service":{"project":"mangaassist","environment":"local","service":"orchestrator"},"requested_by":"ada","green":{"id":"rev-2","image":"127.0.0.1:5000/chatbot@sha256:22","label":"sha-2222222","port":8080,"replicas":2,"health":{"path":"/health","every_milliseconds":2000,"within_milliseconds":60000},"network":"host","limits":{"memory_bytes":134217728,"cpus":5E-1,"pids":256},"read_only":true,"command":["python","-m","app"],"env":{"LOG_LEVEL":"info"},"secrets":{"A":{"source":{"file":"secrets/a"},"fingerprint":"f1"},"B":{"source":{"command":["pass","show","b"]},"fingerprint":"f2"},"C":{"source":{"env":"C"},"fingerprint":"f3"}},"base_directory":"/srv/app"},"blue":{"id":"rev-1","image":"127.0.0.1:5000/chatbot@sha256:22","label":"sha-2222222","port":8080,"replicas":2,"health":{"path":"/health","every_milliseconds":2000,"within_milliseconds":60000},"network":"host","limits":{"memory_bytes":134217728,"cpus":5E-1,"pids":256},"read_only":true,"command":["python","-m","app"],"env":{"LOG_LEVEL":"info"},"secrets":{"A":{"source":{"file":"secrets/a"},"fingerprint":"f1"},"B":{"source":{"command":["pass","show","b"]},"fingerprint":"f2"},"C":{"source":{"env":"C"},"fingerprint":"f3"}},"base_directory":"/srv/app"},"green_slot":"b","before":{"open":true,"slot_b_basis_points":0},"front_door":{"listen":"127.0.0.1:20080","host":"chat.example.com","path":"/api"},"strategy":{"steps":[{"weight_basis_points":1000,"bake_milliseconds":20000},{"weight_basis_points":2525,"bake_milliseconds":10000},{"weight_basis_points":10000,"bake_milliseconds":0}],"hold_for_milliseconds":3600000,"drain_milliseconds":30000,"drain_websockets_milliseconds":600000},"hooks":[{"point":"BeforeAllowTraffic","within_milliseconds":30000,"http":"http://127.0.0.1:9000/v"},{"point":"AfterInstall","within_milliseconds":120000,"command":["./check"]}],"release_command":["python","-m","app.migrate"],"release_within_milliseconds":300000,"smoke":[{"name":"chat","method":"POST","path":"/api/v1/chat","headers":{"Content-Type":"application/json"},"body":"{\"message\":\"hi\"}","expected_status":200,"within_milliseconds":3000,"json":[{"pointer":"/intent","expected":"\"order_return\""}],"retries":1}],"alarms":[{"name":"http_5xx","metric":"error_rate","above":1E-2,"datapoints":2,"out_of":3,"every_milliseconds":5000,"minimum_samples":20,"missing":"hold","then":"rollback"},{"name":"unhealthy","metric":"failed_health_checks","above":0E0,"datapoints":1,"out_of":1,"every_milliseconds":60000,"minimum_samples":1,"missing":"ignore","then":"hold"}],"notify":[{"slack_webhook":{"env":"SLACK_WEBHOOK"},"on":["failed","held"]}],"while_alarming":false}}');
CREATE TABLE served (
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  revision_id TEXT NOT NULL,
  revision TEXT NOT NULL,
  last_turn INTEGER NOT NULL,
  PRIMARY KEY (project, environment, service, revision_id)
) WITHOUT ROWID;
INSERT INTO "served" VALUES('mangaassist','local','rag','rev-3','{"id":"rev-3","image":"127.0.0.1:5000/chatbot@sha256:22","label":"sha-2222222","port":8080,"replicas":2,"health":{"path":"/health","every_milliseconds":2000,"within_milliseconds":60000},"network":"host","limits":{"memory_bytes":134217728,"cpus":5E-1,"pids":256},"read_only":true,"command":["python","-m","app"],"env":{"LOG_LEVEL":"info"},"secrets":{"A":{"source":{"file":"secrets/a"},"fingerprint":"f1"},"B":{"source":{"command":["pass","show","b"]},"fingerprint":"f2"},"C":{"source":{"env":"C"},"fingerprint":"f3"}},"base_directory":"/srv/app"}',1);
CREATE TABLE summaries (
  deployment TEXT PRIMARY KEY REFERENCES deployments,
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  revision TEXT NOT NULL,
  label TEXT NOT NULL,
  image TEXT NOT NULL,
  previous_revision TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  outcome TEXT NOT NULL,
  cause_kind TEXT NOT NULL,
  cause TEXT NOT NULL,
  started_at_milliseconds INTEGER NOT NULL,
  full_at_milliseconds INTEGER,
  ended_at_milliseconds INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "summaries" VALUES('01golden0000000000000000a1','mangaassist','local','orchestrator','rev-2','sha-2222222','127.0.0.1:5000/chatbot@sha256:22','rev-1','ada','rolled_back','alarm','GREEN answered 5xx to 20.3% of requests (14 of 69)',1795447728123,NULL,1795447788123);
INSERT INTO "summaries" VALUES('01golden0000000000000000b2','mangaassist','local','rag','rev-3','sha-2222222','127.0.0.1:5000/chatbot@sha256:22','rev-1','ada','succeeded','','',1795447728123,1795447878123,1795447888123);
CREATE INDEX summaries_by_service ON summaries (project, environment, service, ended_at_milliseconds);
CREATE INDEX summaries_by_end ON summaries (ended_at_milliseconds);
COMMIT;
