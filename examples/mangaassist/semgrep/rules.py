# Bad and good code for rules.yml: `semgrep --test semgrep/` checks that each rule finds its own and nothing else.
# ruleid: no-code-from-text
eval("1 + 1")
# ok: no-code-from-text
literal_eval("1")

# ruleid: no-shell
os.system("ls " + name)
# ruleid: no-shell
subprocess.run(f"ls {name}", shell=True)
# ok: no-shell
subprocess.run(["ls", name])

# ruleid: no-unsafe-deserialisation
pickle.loads(body)
# ok: no-unsafe-deserialisation
json.loads(body)

# ruleid: no-message-in-logs
_log.info("said %s", request.message)
# ruleid: no-message-in-logs
logger.warning(f"said {request.message}")
# ok: no-message-in-logs
_log.info("said %d characters", len(request.message))

# ruleid: no-predictable-session-id
Session(str(random.randint(0, 10)))
# ok: no-predictable-session-id
Session(secrets.token_urlsafe(12))

# ruleid: no-request-without-timeout
httpx.get("http://rag/search")
# ok: no-request-without-timeout
httpx.get("http://rag/search", timeout=2)
# ruleid: no-request-without-timeout
urllib.request.urlopen("http://rag")
# ok: no-request-without-timeout
urllib.request.urlopen("http://rag", timeout=2)
# ruleid: no-request-without-timeout
http.client.HTTPConnection("rag")
# ok: no-request-without-timeout
http.client.HTTPConnection("rag", timeout=2)
