"""--auth-file and --token-file (SPEC.md §3): who gets in where, by what, and that no secret comes out again. What a
browser makes of it is tested in tests/page."""

import base64
import os
import re
import unittest

from support.peer import Peer, upgrade_request
from support.plain_or_tls import PlainOrTls
from support.tls import Authority
from support.tool import ToolTest

USER, OTHER_USER, TOKEN, OTHER_TOKEN = "ann:pa55:w\xf6rd", "bob:secret-of-bob", "t0ken/with+signs", "another-t0ken"


def basic(user):
    return ("Authorization", "Basic " + base64.b64encode(user.encode()).decode())


def bearer(token):
    return ("Authorization", f"Bearer {token}")


def plain(path="/", *fields, method="GET", host="127.0.0.1"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class AuthTest(ToolTest):
    def secrets(self, *lines):
        path = self.folder() / "secrets"
        path.write_text("".join(f"{line}\n" for line in lines))
        path.chmod(0o600)
        return path

    def users(self):
        return "--auth-file", self.secrets(USER, "", OTHER_USER)

    def tokens(self):
        return "--token-file", self.secrets(TOKEN, OTHER_TOKEN)

    def get(self, tool, path="/", *fields, method="GET"):
        peer = self.peer(tool)
        return peer.request_head(plain(path, *fields, method=method))

    def upgrade_status(self, tool, path="/", *fields):
        return self.peer(tool).request_head(upgrade_request(path, extra=fields)).status

    def cookie(self, head):
        """As the browser sends it back."""
        value, *attributes = head.get("set-cookie").split("; ")
        secure = {"Secure"} if getattr(self, "tls", False) else set()
        self.assertEqual(set(attributes), {"Path=/", "HttpOnly", "SameSite=Lax"} | secure)
        return ("Cookie", value)


class Users(AuthTest):
    def test_each_user_opens_page_and_socket(self):
        tool = self.echo(*self.users())
        for user in (USER, OTHER_USER):
            self.assertEqual(self.get(tool, "/", basic(user)).status, 200)
            client = self.client(tool, extra=[basic(user)])
            client.send_text("hello")
            client.expect_text("hello")

    def test_nobody_else_does(self):
        tool = self.echo(*self.users())
        name, password = USER.split(":", 1)
        wrong = [(), (basic(f"{name}:"),), (basic(f"{name}:{password}x"),), (basic(f"{name}:{password[:-1]}"),),
                 (basic(f"eve:{password}"),), (basic(OTHER_USER.split(":")[0] + ":" + password),), (bearer(password),),
                 (("Authorization", "Basic"),), (("Authorization", "Basic ????"),), (basic(USER), basic(USER)),
                 (("X-Authorization", basic(USER)[1]),), (("Proxy-Authorization", basic(USER)[1]),)]
        for fields in wrong:
            with self.subTest(fields=fields):
                self.assertEqual(self.get(tool, "/", *fields).status, 401)
                self.assertEqual(self.upgrade_status(tool, "/", *fields), 401)
        self.assertEqual(self.get(tool, f"/?token={password}").status, 401)

    def test_401_asks_for_what_there_is(self):
        for options, schemes in ((self.users(), ["Basic"]), (self.tokens(), ["Bearer"]),
                                 ((*self.users(), *self.tokens()), ["Basic", "Bearer"])):
            head = self.get(self.echo(*options))
            self.assertEqual([value.split()[0] for value in head.all("www-authenticate")], schemes)
            self.assertEqual(head.get("referrer-policy"), "no-referrer")
            self.assertEqual(head.get("connection"), "close")
            self.assertIsNone(head.get("set-cookie"))

    def test_the_cookie_opens_page_and_socket_in_this_run_only(self):
        secrets = self.users()
        tool = self.echo(*secrets)
        cookie = self.cookie(self.get(tool, "/", basic(USER)))
        self.assertEqual(self.get(tool, "/", cookie).status, 200)
        self.assertEqual(self.upgrade_status(tool, "/chat", cookie), 101)
        self.assertEqual(self.get(tool, "/nothing", cookie).status, 404)
        tool.signal(9)
        tool.wait()
        tool = self.echo(*secrets, "--port", str(tool.port))
        self.assertEqual(self.get(tool, "/", cookie).status, 401)


class Tokens(AuthTest):
    def test_bearer_opens_page_and_socket_and_gets_no_cookie(self):
        tool = self.echo(*self.tokens())
        for token in (TOKEN, OTHER_TOKEN):
            head = self.get(tool, "/", bearer(token))
            self.assertEqual(head.status, 200)
            self.assertIsNone(head.get("set-cookie"))
            self.assertEqual(self.upgrade_status(tool, "/", bearer(token)), 101)
        for token in ("", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
            self.assertEqual(self.get(tool, "/", bearer(token)).status, 401)

    def test_a_token_in_the_address_of_the_page_leaves_it(self):
        tool = self.echo(*self.tokens(), "--path", "/live")
        for path, location in (("/?token=t0ken/with%2Bsigns", "/"),
                               ("/?a=1&token=another-t0ken&b=2", "/?a=1&b=2"),
                               ("/live?%74oken=another-t0ken", "/live")):
            with self.subTest(path=path):
                head = self.get(tool, path)
                self.assertEqual((head.status, head.get("location")), (303, location))
                self.assertEqual(head.get("cache-control"), "no-store")
                self.assertEqual(head.get("referrer-policy"), "no-referrer")
                self.assertEqual(self.get(tool, location, self.cookie(head)).status, 200)

    def test_a_wrong_token_in_the_address_is_401(self):
        tool = self.echo(*self.tokens())
        for query in ("token=", "token=wrong", "token=t0ken/with+sign", "Token=another-t0ken", "token=another-t0ken%00",
                      "tokens=another-t0ken", "token"):
            with self.subTest(query=query):
                self.assertEqual(self.get(tool, f"/?{query}").status, 401)
                self.assertEqual(self.upgrade_status(tool, f"/?{query}"), 401)

    def test_a_token_in_the_address_opens_the_socket_without_a_detour(self):
        tool = self.echo(*self.tokens())
        client = self.client(tool, "/chat?token=another-t0ken")
        self.assertIsNone(client.response.get("set-cookie"))
        client.send_text("hello")
        client.expect_text("hello")

    def test_the_cookie_holds_until_the_token_changes(self):
        tool = self.echo(*self.tokens())
        cookie = self.cookie(self.get(tool, "/?token=another-t0ken"))
        tool.signal(9)
        tool.wait()
        again = self.echo(*self.tokens(), "--port", str(tool.port))
        self.assertEqual(self.upgrade_status(again, "/", cookie), 101)
        again.signal(9)
        again.wait()
        changed = self.echo("--token-file", self.secrets("new"), "--port", str(tool.port))
        self.assertEqual(self.upgrade_status(changed, "/", cookie), 401)

    def test_a_cookie_of_another_port_opens_nothing(self):
        tokens = self.tokens()
        one, two = self.echo(*tokens), self.echo(*tokens)
        name, value = self.cookie(self.get(one, "/?token=another-t0ken"))[1].split("=")
        self.assertIn(str(one.port), name)
        self.assertEqual(self.upgrade_status(two, "/", ("Cookie", f"{name}={value}")), 401)
        moved = name.replace(str(one.port), str(two.port))
        self.assertEqual(self.upgrade_status(two, "/", ("Cookie", f"{moved}={value}")), 401)
        self.assertEqual(self.upgrade_status(one, "/", ("Cookie", f"a=b; {name}=x; {name}={value}; c=d")), 101)

    def test_a_unix_socket_names_the_cookie_by_its_path(self):
        path = self.folder() / "s"
        tool = self.start("echo", "--unix", path, *self.tokens())
        tool.stderr.wait_for_text("listening on")
        peer = Peer.connect_unix(str(path))
        self.addCleanup(peer.close_socket)
        head = peer.request_head(plain("/?token=another-t0ken", host="localhost"))
        self.assertRegex(self.cookie(head)[1], r"^ws-tool-[!-~]*=[0-9a-f]{64}$")
        second = Peer.connect_unix(str(path))
        self.addCleanup(second.close_socket)
        self.assertEqual(second.request_head(upgrade_request(host="localhost", extra=[self.cookie(head)])).status, 101)


class UsersOverTls(PlainOrTls, Users):
    tls = True


class Everywhere(AuthTest):
    # ttyd issue 1073: /token told the password.
    def test_every_path_and_method_asks(self):
        tool = self.echo(*self.users(), "--path", "/live")
        for path in ("/", "/live", "/nothing", "/stream", "/favicon.ico", "/../x"):
            for method in ("GET", "HEAD", "POST", "BREW"):
                with self.subTest(path=path, method=method):
                    self.assertEqual(self.get(tool, path, method=method).status, 401)
            self.assertEqual(self.upgrade_status(tool, path), 401)
        self.assertEqual(self.get(tool, "/nothing", basic(USER)).status, 404)
        self.assertEqual(self.upgrade_status(tool, "/nothing", basic(USER)), 404)
        self.assertEqual(self.get(tool, "/", basic(USER), method="POST").status, 405)

    def test_the_stream_takes_a_token_in_its_address_or_the_cookie(self):
        tool = self.serve(*self.tokens(), "--on-eof", "keep", "--wait-clients", "2")
        cookie = self.cookie(self.get(tool, "/?token=another-t0ken"))
        readers = []
        for path, fields in (("/stream?token=another-t0ken", ()), ("/stream", (cookie,))):
            reader = self.peer(tool)
            head = reader.request_head(plain(path, *fields))
            self.assertEqual((head.status, head.get("set-cookie")), (200, None))
            readers.append(reader)
        tool.write("for both\n")
        for reader in readers:
            self.assertIn(b"for both\n", reader.recv_exactly(len(b"9\r\nfor both\n")))

    def test_head_has_no_body(self):
        tool = self.echo(*self.tokens())
        for path in ("/", "/?token=another-t0ken"):
            peer = self.peer(tool)
            head = peer.request_head(plain(path, method="HEAD"))
            self.assertEqual(head.status, 303 if "token" in path else 401)
            peer.expect_end()

    def test_also_without_a_page(self):
        tool = self.echo(*self.tokens(), "--no-page")
        self.assertEqual(self.get(tool).status, 401)
        self.assertEqual(self.get(tool, "/", bearer(TOKEN)).status, 426)

    def test_origin_and_host_come_first(self):
        tool = self.echo(*self.tokens())
        foreign = ("Origin", "http://evil.example")
        self.assertEqual(self.upgrade_status(tool, "/", foreign), 403)
        self.assertEqual(self.upgrade_status(tool, "/", foreign, bearer(TOKEN)), 403)
        cookie = self.cookie(self.get(tool, "/?token=another-t0ken"))
        self.assertEqual(self.upgrade_status(tool, "/", foreign, cookie), 403)
        self.assertEqual(self.peer(tool).request_head(plain("/?token=another-t0ken", host="evil.example")).status, 403)

    def test_a_client_that_is_refused_counts_for_nothing(self):
        tool = self.echo(*self.tokens(), "--once")
        self.assertEqual(self.upgrade_status(tool), 401)
        client = self.client(tool, extra=[bearer(TOKEN)])
        client.close_cleanly()
        tool.expect_exit(0)

    def test_the_tool_itself_gets_in(self):
        tool = self.echo(*self.users(), *self.tokens())
        address = f"127.0.0.1:{tool.port}"
        headers = self.secrets(f"Authorization: Bearer {TOKEN}")
        for arguments in ((f"ws://{OTHER_USER}@{address}/",), (f"ws://{address}/?token=another-t0ken",),
                          ("-H", f"@{headers}", f"ws://{address}/")):
            status, output, errors = self.run_tool("connect", "-n", "1", *arguments, data=b"hello\n")
            self.assertEqual((status, output), (0, b"hello\n"), errors)
        self.assertEqual(self.run_tool("connect", f"ws://ann:wrong@{address}/")[0], 5)


class Secrecy(AuthTest):
    def test_no_secret_comes_out(self):
        tool = self.serve(*self.users(), *self.tokens(), "-vv", "--stats", "--on-eof", "keep")
        seen = []
        for path, fields in (("/?token=another-t0ken", ()), ("/?token=wrong-t0ken", ()), ("/", (basic(USER),)),
                             ("/", (basic("ann:wr0ng"),)), ("/x?token=another-t0ken", (("Cookie", "a=c00kie"),)),
                             ("/", (bearer(TOKEN), ("Proxy-Authorization", "Basic cHIweHk=")))):
            peer = self.peer(tool)
            head = peer.request_head(plain(path, *fields))
            seen.append(repr(head).encode() + peer.recv_to_end())
        cookie = self.cookie(self.get(tool, "/?token=another-t0ken"))
        client = self.client(tool, "/?token=another-t0ken", extra=[cookie, basic(USER)])
        client.send_text("hello")
        self.assertEqual(tool.stdout.next_line(), "hello")
        self.assertEqual(self.upgrade_status(tool, "/?token=wrong-t0ken", ("Origin", "http://evil.example")), 403)
        client.close_cleanly()
        tool.signal(15)
        tool.expect_exit(0)
        told = tool.errors()
        self.assertIn('"clients":', told)
        everything = told.encode() + tool.output() + b"".join(seen)
        for secret in (*USER.split(":", 1), OTHER_USER, TOKEN, OTHER_TOKEN, "wrong-t0ken", "wr0ng", "c00kie", "cHIweHk",
                       basic(USER)[1].split()[1]):
            if secret != "ann":
                self.assertNotIn(secret.encode(), everything)
        self.assertNotIn(cookie[1].split("=")[1], told)

    # ps(1) shows the arguments of everybody's programs.
    def test_the_command_line_shows_no_secret(self):
        listener = self.listener()
        tool = self.connect("-H", "Cookie: c00kie", f"ws://ann:pa55word@127.0.0.1:{listener.port}/?token=t0ken&x=1")
        server = self.accept(listener)
        self.assertEqual(server.request.get("authorization"), basic("ann:pa55word")[1])
        self.assertEqual(server.request.get("cookie"), "c00kie")
        self.assertIn("/?token=t0ken&x=1 ", server.request.start)
        with open(f"/proc/{tool.pid}/cmdline", "rb") as file:
            shown = file.read()
        self.assertIn(f"127.0.0.1:{listener.port}/?token=*****&x=1".encode(), shown)
        for secret in (b"ann", b"pa55word", b"t0ken", b"c00kie"):
            self.assertNotIn(secret, shown)

    # CVE-2021-33880 (python-websockets): the time to compare told how much was right.
    def test_the_answer_to_a_wrong_password_is_that_to_an_unknown_user(self):
        """By its bytes. That the comparison takes the same time for both is how it is made: see app/digest."""
        tool = self.echo(*self.users())
        answers = set()
        for user in ("ann:", "ann:pa55:w\xf6r", "eve:pa55:w\xf6rd", "x", "a" * 3000):
            peer = self.peer(tool)
            peer.send_raw(plain("/", basic(user)))
            answers.add(peer.recv_to_end())
        self.assertEqual(len(answers), 1)
        tool.signal(15)
        tool.expect_exit(0)
        lines = {re.sub(r":\d+:", ":", line) for line in tool.errors().splitlines() if "refused" in line}
        self.assertEqual(len(lines), 1, lines)


class Files(AuthTest):
    def test_files_that_do_not_serve(self):
        folder = self.folder()
        (folder / "empty").write_text("\n\n")
        (folder / "nocolon").write_text("ann:secret-line\n\nbob-secret-line\n")
        (folder / "long").write_bytes(b"x" * (1 << 20) + b"xx")
        for option, name, why in (("--auth-file", "absent", "No such file"), ("--token-file", "absent", "No such file"),
                                  ("--token-file", ".", "directory"), ("--auth-file", "empty", "is empty"),
                                  ("--token-file", "empty", "is empty"), ("--token-file", "long", "1 MiB"),
                                  ("--auth-file", "nocolon", "line 3 is not user:password")):
            with self.subTest(option=option, name=name):
                port = folder / "port"
                status, _, errors = self.run_tool("echo", "--port", "0", "--port-file", port, option, folder / name)
                self.assertEqual(status, 8, errors)
                self.assertEqual(len(errors.splitlines()), 1, errors)
                self.assertIn(option, errors)
                self.assertRegex(errors, f"(?i){why}")
                self.assertNotIn("secret-line", errors)
                self.assertFalse(port.exists())

    @unittest.skipIf(os.geteuid() == 0, "root reads every file")
    def test_a_file_without_permission(self):
        path = self.secrets("token")
        path.chmod(0)
        self.assertEqual(self.run_tool("echo", "--port", "0", "--token-file", path)[0], 8)

    def test_a_pipe_and_line_ends_of_windows(self):
        reader, writer = os.pipe()
        os.write(writer, b"first\r\nsecond")
        os.close(writer)
        tool = self.echo("--token-file", f"/dev/fd/{reader}", pass_fds=[reader])
        os.close(reader)
        for token in ("first", "second"):
            self.assertEqual(self.get(tool, "/", bearer(token)).status, 200)

    def test_the_secret_itself_is_no_file(self):
        status, _, errors = self.run_tool("echo", "--port", "0", "--token-file", "")
        self.assertEqual(status, 2, errors)


class Warnings(AuthTest):
    def told(self, tool):
        tool.signal(15)
        return tool.expect_exit(0).errors()

    def test_beyond_loopback_without_tls(self):
        tool = self.echo("--host", "0.0.0.0", *self.tokens())
        self.assertEqual(self.told(tool).count("unencrypted"), 1)

    def test_none_beyond_loopback_with_tls(self):
        folder = self.folder()
        certificate, key = Authority(folder).issue("server")
        tool = self.echo("--host", "0.0.0.0", *self.tokens(), "--cert", certificate, "--key", key)
        self.assertNotIn("unencrypted", self.told(tool))

    def test_any_origin(self):
        tool = self.echo("--origin", "any", *self.tokens())
        self.assertEqual(self.told(tool).count("--origin any"), 1)

    def test_none_on_loopback_nor_without_credentials(self):
        for options in (self.tokens(), ("--host", "0.0.0.0", "--origin", "any")):
            tool = self.echo(*options)
            told = self.told(tool)
            self.assertNotIn("unencrypted", told)
            self.assertNotIn("every web page", told)


if __name__ == "__main__":
    unittest.main()
