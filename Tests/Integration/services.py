"""The host's HTTP and WebSocket clients against servers of others: aiohttp, hypercorn (HTTP/2), websockets and nginx, with and without TLS.

Usage: services.py FOLDER_OF_BINARIES [--figures]. Loopback only; everything it makes lies in a temporary folder."""

import asyncio
import gzip
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from aiohttp import web
import hypercorn.asyncio
import hypercorn.config
import websockets.asyncio.server

if sys.argv[1] == "--stream":
    PROBE, FOLDER = None, pathlib.Path(sys.argv[4])
else:
    # Removed at exit.
    MADE = tempfile.TemporaryDirectory(prefix="patchbay-services-")
    PROBE, FOLDER = pathlib.Path(sys.argv[1]) / "services-probe", pathlib.Path(MADE.name)
    # The worker of nginx is another user.
    FOLDER.chmod(0o755)
failures = []


def run(*arguments, **environment):
    """The probe's lines."""
    result = subprocess.run(
        [PROBE, *map(str, arguments)], capture_output=True, text=True, timeout=120, env={**os.environ, **{k: str(v) for k, v in environment.items()}})
    return result.stdout.splitlines() or [f"silent, status {result.returncode}: {result.stderr[-500:]}"]


def check(name, lines, *patterns):
    """Each pattern matches a line, in this order."""
    left = list(patterns)
    for line in lines:
        if left and re.search(left[0], line):
            left.pop(0)
    print(("ok    " if not left else "FAIL  ") + name)
    if left:
        failures.append(name)
        print(f"      missing: {left[0]}\n      " + "\n      ".join(lines[:12]))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def certificates():
    """An authority, a good certificate for localhost and 127.0.0.1, one that has expired, and one for another name."""
    def openssl(*a):
        subprocess.run(["openssl", *a], cwd=FOLDER, check=True, capture_output=True)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test")
    (FOLDER / "index.txt").write_text("")
    (FOLDER / "serial").write_text("01\n")
    (FOLDER / "ca.cnf").write_text(
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\nunique_subject=no\n[p]\ncommonName=supplied\n")
    for name, names, start, end in [
        ("good", "DNS:localhost,IP:127.0.0.1", "20250101000000Z", "20450101000000Z"),
        ("expired", "DNS:localhost,IP:127.0.0.1", "20200101000000Z", "20200201000000Z"),
        ("other", "DNS:other.example", "20250101000000Z", "20450101000000Z"),
    ]:
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}")
        openssl("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", f"{name}.csr", "-out", f"{name}.pem", "-startdate", start, "-enddate", end)


# The servers: one application behind aiohttp and nginx, the same in ASGI behind hypercorn.

async def stream(request):
    """Events with the moment each was written."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    count, gap = int(request.query.get("events", 5)), float(request.query.get("gap", 0.02))
    await asyncio.sleep(float(request.query.get("phase", hash(id(request)) % 20 / 1000)))
    for _ in range(count):
        await response.write(f"data: {time.monotonic_ns()}\n\n".encode())
        await asyncio.sleep(gap)
    return response


async def echo(request):
    return web.Response(body=await request.read(), headers={"X-Method": request.method})


async def zipped(request):
    response = web.Response(body=gzip.compress(b"plain text " * 1000))
    response.headers["Content-Encoding"] = "gzip"
    return response


def application():
    app = web.Application(client_max_size=16 << 20)
    app.router.add_get("/stream", stream)
    app.router.add_route("*", "/echo", echo)
    app.router.add_get("/gzip", zipped)
    app.router.add_get("/moved", lambda r: web.Response(status=307, headers={"Location": "http://elsewhere.example/"}))
    app.router.add_get("/slow", lambda r: asyncio.sleep(0.3, web.Response(text="slow")))
    return app


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-version", scope["http_version"].encode())]})
    for i in range(5):
        await send({"type": "http.response.body", "body": f"piece {i};".encode(), "more_body": True})
        await asyncio.sleep(0.01)
    await send({"type": "http.response.body", "body": b"end"})


async def talk(connection):
    async for message in connection:
        await connection.send(message)


def tls(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / f"{name}.pem", FOLDER / f"{name}.key")
    return context


async def serve(ports, ready):
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", ports["plain"]).start()
    for name in ("good", "expired", "other"):
        await web.TCPSite(runner, "127.0.0.1", ports[name], ssl_context=tls(name)).start()
    config = hypercorn.config.Config()
    config.bind = [f"127.0.0.1:{ports['h2']}"]
    config.certfile, config.keyfile = str(FOLDER / "good.pem"), str(FOLDER / "good.key")
    config.errorlog = None
    asyncio.create_task(hypercorn.asyncio.serve(asgi, config, shutdown_trigger=asyncio.Event().wait))
    await websockets.asyncio.server.serve(talk, "127.0.0.1", ports["ws"], ping_interval=0.2)
    await websockets.asyncio.server.serve(talk, "127.0.0.1", ports["wss"], ssl=tls("good"), ping_interval=0.2)
    await websockets.asyncio.server.serve(talk, "127.0.0.1", ports["wss_expired"], ssl=tls("expired"))
    ready.set()
    await asyncio.Event().wait()


def nginx(ports):
    (FOLDER / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {FOLDER}/nginx.pid; error_log {FOLDER}/nginx.log;
events {{ worker_connections 512; }}
http {{
  access_log {FOLDER}/access.log; client_max_body_size 16m; client_body_temp_path {FOLDER}/body; proxy_temp_path {FOLDER}/proxy;
  fastcgi_temp_path {FOLDER}/f; uwsgi_temp_path {FOLDER}/u; scgi_temp_path {FOLDER}/s;
  server {{
    listen 127.0.0.1:{ports['nginx']} ssl http2; server_name localhost;
    ssl_certificate {FOLDER}/good.pem; ssl_certificate_key {FOLDER}/good.key;
    gzip on; gzip_types text/plain; gzip_min_length 1;
    location = /big {{ alias {FOLDER}/big; default_type text/plain; }}
    location / {{ proxy_pass http://127.0.0.1:{ports['plain']}; proxy_buffering off; }}
  }}
}}""")
    (FOLDER / "big").write_text("0123456789" * 200_000)
    return subprocess.Popen(["nginx", "-c", FOLDER / "nginx.conf", "-e", FOLDER / "nginx.log"])


def figures():
    """Wire byte to ABI event: 100 streams with an event each 20 ms from a process on core 0, the probe on core 1."""
    for name, scheme, ca in (("HTTP/1.1", "http", ""), ("HTTP/1.1, TLS", "https", str(FOLDER / "ca.pem"))):
        port = free_port()
        server = subprocess.Popen(["taskset", "-c", "0", sys.executable, __file__, "--stream", str(port), scheme, str(FOLDER)])
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
            time.sleep(0.05)
        result = subprocess.run(
            ["taskset", "-c", "1", PROBE, "latency", f"{scheme}://localhost:{port}/stream?events=250&gap=0.02", "100", "250"],
            capture_output=True, text=True, timeout=120, env={**os.environ, "CA_FILE": ca})
        server.terminate()
        print(f"      wire byte in to ABI event out, 100 streams, {name}: {result.stdout.strip()}")


def main():
    certificates()
    ports = {n: free_port() for n in ("plain", "good", "expired", "other", "h2", "ws", "wss", "wss_expired", "nginx")}
    ready = threading.Event()
    threading.Thread(target=lambda: asyncio.run(serve(ports, ready)), daemon=True).start()
    ready.wait(20)
    server = nginx(ports)
    for port in (ports["nginx"], ports["h2"]):
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
    plain, good, h2, ng = (f"http://127.0.0.1:{ports['plain']}", f"https://localhost:{ports['good']}", f"https://localhost:{ports['h2']}", f"https://localhost:{ports['nginx']}")
    ca = FOLDER / "ca.pem"
    try:
        check("aiohttp, a POST and its answer", run("http", "POST", plain + "/echo", "hello"), r"^head 200 reused 0 h2 0", r"^body 5 hello", "^done")
        check("aiohttp, TLS", run("http", "PUT", good + "/echo", "x" * 100_000, CA_FILE=ca), r"head 200 .*tls_us [1-9]", "^done")
        check("aiohttp, a stream in pieces", run("http", "GET", plain + "/stream?events=4"), "head 200", "body .*data: ", "body .*data: ", "body .*data: ", "^done")
        check("aiohttp, gzip", run("http", "GET", plain + "/gzip"), "head 200", r"body \d+ plain text plain", "^done")
        check("a redirect to another host", run("http", "GET", plain + "/moved"), "^failed invalid .redirect.*elsewhere.example")
        check("hypercorn, HTTP/2 over TLS", run("http", "GET", h2 + "/", CA_FILE=ca), "head 200 reused 0 h2 1", "body 8 piece 0;", "body 8 piece 4;", "body 3 end", "^done")
        check("hypercorn, a second request on the same connection", run("http", "GET", h2 + "/", CA_FILE=ca, REPEAT=2), "reused 0 h2 1", "^done", "reused 1 h2 1 dns_us 0 tcp_us 0 tls_us 0", "^done")
        check("nginx, HTTP/2, gzip, two megabytes", run("http", "GET", ng + "/big", CA_FILE=ca), "head 200 reused 0 h2 1", r"body \d+ 0123456789", "^done")
        check("nginx, a warmed connection: no name, TCP or TLS in the request", run("http", "POST", ng + "/echo", "hi", CA_FILE=ca, WARM=1), "reused 1 h2 1 dns_us 0 tcp_us 0 tls_us 0", "body 2 hi", "^done")
        check("aiohttp, TLS, a warmed connection", run("http", "GET", good + "/echo", CA_FILE=ca, WARM=1), "reused 1 h2 0 dns_us 0 tcp_us 0 tls_us 0", "^done")
        check("nginx, a stream through a proxy", run("http", "GET", ng + "/stream?events=4", CA_FILE=ca), "head 200", "body .*data: ", "body .*data: ", "^done")
        check("an authority that nobody trusts", run("http", "GET", good + "/echo"), "^failed unavailable .tls_failed")
        check("an expired certificate", run("http", "GET", f"https://localhost:{ports['expired']}/echo", CA_FILE=ca), "^failed unavailable .tls_failed.*")
        check("a certificate for another name", run("http", "GET", f"https://localhost:{ports['other']}/echo", CA_FILE=ca), "^failed unavailable .tls_failed")
        check("a name that does not exist", run("http", "GET", "http://nowhere.invalid/"), "^failed unavailable .dns_failed")
        check("plain HTTP where TLS is spoken", run("http", "GET", f"http://localhost:{ports['good']}/"), "^failed unavailable|^head 400")
        check("TLS where plain HTTP is spoken", run("http", "GET", f"https://localhost:{ports['plain']}/", CA_FILE=ca), "^failed unavailable .tls_failed")
        texts = ["one", "zürich", "x" * 100_000, "last"]
        echoes = ["^head 101", "^text 3 one", "^text 7 zürich", "^text 100000 xxx", "^text 4 last", "^closed 1000"]
        check("websockets, echo", run("socket", f"ws://127.0.0.1:{ports['ws']}/a?b=c", *texts), *echoes)
        check("websockets, TLS", run("socket", f"wss://localhost:{ports['wss']}/", *texts, CA_FILE=ca), *echoes)
        check("websockets, an expired certificate", run("socket", f"wss://localhost:{ports['wss_expired']}/", "x", CA_FILE=ca), "^refused 0 unavailable .tls_failed")
        check("a WebSocket where there is none", run("socket", f"ws://127.0.0.1:{ports['plain']}/echo", "x"), "^refused 200 invalid")
        check("a WebSocket through nginx that knows no upgrade", run("socket", f"wss://localhost:{ports['nginx']}/nothing", "x", CA_FILE=ca), "^refused 404 invalid .http_404")
        if "--figures" in sys.argv:
            figures()
    finally:
        server.terminate()
    print(json.dumps({"failures": failures}))
    sys.exit(1 if failures else 0)


if sys.argv[1] == "--stream":
    context = tls("good") if sys.argv[3] == "https" else None
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[2]), ssl_context=context, print=None, access_log=None)
else:
    main()
