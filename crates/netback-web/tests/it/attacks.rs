//! What a page of another site, or a program on the same computer, could try. Everything is refused, and a good
//! request is answered within a second afterwards.

use std::io::{BufRead, BufReader, Write};
use std::time::{Duration, Instant};

use crate::server::{Server, answer, server, serving, start, status};

const SOLVE: &str = r#"{"label":"x","changes":[]}"#;
const RANGES: &str = r#"{"label":"x","changes":[],"against":[]}"#;

/// Status 0 stands for a connection that is closed without a word.
struct Attack {
    name: &'static str,
    answer: String,
    refused_with: &'static [u16],
}

fn check(server: &Server, attacks: Vec<Attack>) {
    for attack in attacks {
        let code = status(&attack.answer);
        assert!(
            attack.refused_with.contains(&code),
            "{}: {code}, not {:?}: {}",
            attack.name,
            attack.refused_with,
            start(&attack.answer)
        );
        assert!(!attack.answer.contains(&server.token), "{} shows the token", attack.name);
        server.serves_well(attack.name);
    }
}

#[test]
fn other_hosts() {
    let turn = server();
    let server: &Server = &turn;
    let with_host = |host: &str| {
        server.raw(
            format!(
                "GET /api/world HTTP/1.1\r\n{host}Cookie: {}\r\nConnection: close\r\n\r\n",
                server.cookie()
            )
            .as_bytes(),
        )
    };
    let port = server.port;
    let host = |name: String| with_host(&format!("Host: {name}\r\n"));
    let attack = |name, answer| Attack { name, answer, refused_with: &[421, 400] };
    check(
        server,
        vec![
        attack("rebinding", host("evil.example".into())),
        attack("rebinding with the port", host(format!("evil.example:{port}"))),
        attack("no port", host("127.0.0.1".into())),
        attack("another port", host(format!("127.0.0.1:{}", port ^ 1))),
        attack("a longer name", host(format!("127.0.0.1.evil.example:{port}"))),
        attack("user part", host(format!("127.0.0.1:{port}@evil.example"))),
        attack("IPv6", host(format!("[::1]:{port}"))),
        attack("all interfaces", host(format!("0.0.0.0:{port}"))),
        attack("no host", with_host("")),
        attack("two hosts", with_host(&format!("Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n"))),
        attack(
            "an address with a host of its own",
            server.raw(
                format!(
                    "GET http://evil.example/api/world HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {}\r\n\
                     Connection: close\r\n\r\n",
                    server.cookie()
                )
                .as_bytes(),
            ),
        ),
    ],
    );
}

#[test]
fn without_the_token() {
    let turn = server();
    let server: &Server = &turn;
    let get = |path: &str, cookie: &str| {
        server.raw(
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{cookie}Connection: close\r\n\r\n", server.host())
                .as_bytes(),
        )
    };
    let token = &server.token;
    let attack = |name, answer| Attack { name, answer, refused_with: &[403] };
    check(
        server,
        vec![
            attack("page without cookie", get("/", "")),
            attack("data without cookie", get("/api/world", "")),
            attack("script without cookie", get("/page.js", "")),
            attack("empty token", get("/?token=", "")),
            attack("wrong token", get(&format!("/?token={}", "0".repeat(64)), "")),
            attack("most of the token", get(&format!("/?token={}", &token[..63]), "")),
            attack("more than the token", get(&format!("/?token={token}0"), "")),
            attack("token at another address", get(&format!("/api/world?token={token}"), "")),
            attack("wrong cookie", get("/", &format!("Cookie: netback-{}=0\r\n", server.port))),
            attack("cookie of another port", get("/", &format!("Cookie: netback-1={token}\r\n"))),
            attack("token as a header", get("/", &format!("Authorization: Bearer {token}\r\n"))),
            attack("page that is not there", get("/nothing", "")),
        ],
    );
}

#[test]
fn from_other_sites() {
    let turn = server();
    let server: &Server = &turn;
    let post = |extra: &str| server.proper("POST", "/api/solve", extra, SOLVE);
    let own = format!("Origin: http://{}\r\n", server.host());
    let attack = |name, answer| Attack { name, answer, refused_with: &[403] };
    check(
        server,
        vec![
            attack("foreign origin", post("Origin: http://evil.example\r\n")),
            attack("no origin at all", post("X-No-Origin: 1\r\n")),
            attack("origin of a sandbox", post("Origin: null\r\n")),
            attack("another port", post(&format!("Origin: http://127.0.0.1:{}\r\n", server.port ^ 1))),
            attack("another scheme", post(&format!("Origin: https://{}\r\n", server.host()))),
            attack("own origin from another site", post(&format!("{own}Sec-Fetch-Site: cross-site\r\n"))),
            attack("same site, other origin", post(&format!("{own}Sec-Fetch-Site: same-site\r\n"))),
            attack("change by a link", post(&format!("{own}Sec-Fetch-Site: none\r\n"))),
            attack(
                "data in a foreign page",
                server.proper("GET", "/api/world", "Sec-Fetch-Site: cross-site\r\n", ""),
            ),
            attack(
                "script in a foreign page",
                server.proper("GET", "/page.js", "Sec-Fetch-Site: same-site\r\n", ""),
            ),
        ],
    );
}

#[test]
fn other_methods_and_forms() {
    let turn = server();
    let server: &Server = &turn;
    let post = |extra: &str, body: &str| server.proper("POST", "/api/solve", extra, body);
    let attack = |name, answer, refused_with| Attack { name, answer, refused_with };
    let many = format!(
        r#"{{"label":"x","changes":[{}]}}"#,
        vec![r#"{"kind":"scenario","name":"x"}"#; 300].join(",")
    );
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let change = |change: &str| post("", &format!(r#"{{"label":"x","changes":[{change}]}}"#));
    check(
        server,
        vec![
            attack("GET on a question", server.proper("GET", "/api/solve", "", ""), &[405]),
            attack("PUT", server.proper("PUT", "/", "", ""), &[405]),
            attack("DELETE", server.proper("DELETE", "/api/world", "", ""), &[405]),
            attack("TRACE", server.proper("TRACE", "/", "", ""), &[405]),
            attack("preflight", server.proper("OPTIONS", "/api/solve", "", ""), &[405]),
            attack("POST on the page", server.proper("POST", "/", "", SOLVE), &[405]),
            attack("text", post("Content-Type: text/plain\r\n", SOLVE), &[415]),
            attack("form", post("Content-Type: application/x-www-form-urlencoded\r\n", "label=x"), &[415]),
            attack("compressed body", post("Content-Encoding: gzip\r\n", "\u{1f}bomb"), &[415]),
            attack("no JSON", post("", "{"), &[400]),
            attack("deep JSON", post("", &deep), &[400, 422]),
            attack("unknown field", post("", r#"{"label":"x","changes":[],"path":"/etc/passwd"}"#), &[422]),
            attack("unknown change", change(r#"{"kind":"delete","name":"x"}"#), &[422]),
            attack(
                "number too large",
                change(r#"{"kind":"chokepoint","id":"x","capacity":1e999}"#),
                &[400, 422],
            ),
            attack("negative capacity", change(r#"{"kind":"chokepoint","id":"x","capacity":-1}"#), &[422]),
            attack("unknown strait", change(r#"{"kind":"chokepoint","id":"x","capacity":0}"#), &[422]),
            attack(
                "scenario outside of the folder",
                change(r#"{"kind":"scenario","name":"../../../etc/passwd"}"#),
                &[422],
            ),
            attack(
                "a name that would be TOML",
                change(
                    r#"{"kind":"scenario","name":"x\"]\n[[change]]\ntable = \"settings\"\nset = { price_cap_usd_per_tcm = 1 }\n#"}"#,
                ),
                &[422],
            ),
            attack("too many changes", post("", &many), &[422]),
            attack(
                "too long a label",
                post("", &format!(r#"{{"label":"{}","changes":[]}}"#, "x".repeat(5000))),
                &[422],
            ),
        ],
    );
}

#[test]
fn other_paths() {
    let turn = server();
    let server: &Server = &turn;
    let get = |path: &str| server.proper("GET", path, "", "");
    let attack = |name, answer| Attack { name, answer, refused_with: &[404, 400] };
    check(
        server,
        vec![
            attack("up", get("/../../../../etc/passwd")),
            attack("up, encoded", get("/%2e%2e/%2e%2e/%2e%2e/etc/passwd")),
            attack("up from a file", get("/page.js/../../Cargo.toml")),
            attack("two slashes", get("//etc/passwd")),
            attack("backslash", get("/..\\..\\Cargo.toml")),
            attack("zero byte", get("/page.js%00.html")),
            attack("hidden file", get("/.git/config")),
        ],
    );
}

#[test]
fn sizes_and_slowness() {
    let turn = server();
    let server: &Server = &turn;
    let head = |extra: &str| {
        format!(
            "POST /api/solve HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nOrigin: http://{0}\r\nContent-Type: application/json\r\n\
             {extra}\r\n",
            server.host(),
            server.cookie()
        )
    };
    let gibibyte = server.raw(head("Content-Length: 1073741824\r\n").as_bytes());
    let chunk = format!("2000\r\n{}\r\n", "[".repeat(0x2000));
    let endless =
        server.raw(format!("{}{}", head("Transfer-Encoding: chunked\r\n"), chunk.repeat(16)).as_bytes());
    let slow_body = server.raw(format!("{}{{", head("Content-Length: 100\r\n")).as_bytes());
    let slow_head = server.raw(b"GET / HTTP/1.1\r\nHost:");
    let silent = server.raw(b"");
    let wide = server.raw(format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)).as_bytes());
    let many = server.raw(format!("GET / HTTP/1.1\r\n{}\r\n", "X: x\r\n".repeat(500)).as_bytes());
    let lengths =
        server.raw(format!("{}{SOLVE}", head("Content-Length: 26\r\nContent-Length: 3\r\n")).as_bytes());
    let attack = |name, answer, refused_with| Attack { name, answer, refused_with };
    // bytes that come after a refusal can reset the connection before the answer is read
    check(
        server,
        vec![
            attack("body of 1 GiB", gibibyte, &[413]),
            attack("endless body", endless, &[0, 400, 413]),
            attack("body that does not come", slow_body, &[400, 408]),
            attack("head that does not come", slow_head, &[0, 408]),
            attack("silence", silent, &[0, 408]),
            attack("head of 1 MiB", wide, &[0, 431]),
            attack("500 headers", many, &[0, 431]),
            attack("two lengths", lengths, &[400]),
            attack("no HTTP", server.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), &[0, 400]),
            attack("HTTP/2", server.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), &[0, 400, 505]),
            attack("nonsense", server.raw(b"\0\0\0\0\r\n\r\n"), &[0, 400]),
        ],
    );
}

#[test]
fn a_thousand_connections() {
    let turn = server();
    let server: &Server = &turn;
    let mut open: Vec<_> = (0..1000).map(|_| server.connect()).collect();
    for stream in &mut open {
        let _ = stream.write_all(b"GET / HTTP/1.1\r\n");
    }
    server.serves_well("a thousand connections, all still open");
    drop(open);
    server.serves_well("a thousand connections");
}

/// A long answer that is on its way survives a flood of connections, and stops when its reader leaves.
#[test]
fn a_flood_ends_no_answer_and_a_reader_who_leaves_does() {
    let server = serving("world-2011");
    let mut stream = server.connect();
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
    let body = r#"{"label":"x","changes":[{"kind":"chokepoint","id":"hormuz","capacity":0}],"against":[]}"#;
    stream.write_all(server.request("POST", "/api/ranges", "", body).as_bytes()).expect("the server reads");
    let mut heard = BufReader::new(stream);
    let mut next = || -> (usize, usize) {
        let mut line = String::new();
        while heard.read_line(&mut line).expect("the answer goes on") > 0 {
            if let Some(data) = line.trim_end().strip_prefix("data: ") {
                let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
                let number = |key: &str| data[key].as_u64().expect("progress") as usize;
                return (number("done"), number("of"));
            }
            line.clear();
        }
        panic!("the flood ended the answer");
    };
    let begun = Instant::now();
    let (first, of) = next();
    let flood: Vec<_> = (0..200).map(|_| server.connect()).collect();
    let mut done = first;
    while done < first + 6 {
        done = next().0;
    }
    drop(flood);
    // what is heard may be older than what is done: more may be solved already, never less
    let rest = begun.elapsed() / done as u32 * (of - done) as u32;
    drop(heard);
    let left = Instant::now();
    assert_eq!(status(&server.proper("POST", "/api/solve", "", SOLVE)), 200);
    assert!(left.elapsed() < rest / 2, "solved on for nobody: {:?} of {rest:?}", left.elapsed());
}

#[test]
fn many_questions_at_once() {
    let turn = server();
    let server: &Server = &turn;
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..60)
            .map(|_| scope.spawn(|| status(&server.proper("POST", "/api/solve", "", SOLVE))))
            .collect();
        asked.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert!(answers.iter().all(|code| [200, 503].contains(code)), "{answers:?}");
    assert!(answers.contains(&200), "{answers:?}");
    server.serves_well("many questions at once");
}

#[test]
fn readers_who_leave() {
    let turn = server();
    let server: &Server = &turn;
    let body = r#"{"label":"x","changes":[]}"#;
    for _ in 0..30 {
        let mut stream = server.connect();
        let request = format!(
            "POST /api/solve HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nOrigin: http://{0}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            server.host(),
            server.cookie(),
            body.len()
        );
        let _ = stream.write_all(request.as_bytes());
    }
    let deadline = Instant::now() + Duration::from_secs(1);
    loop {
        let code = status(&server.proper("POST", "/api/solve", "", body));
        if code == 200 {
            break;
        }
        assert!(Instant::now() < deadline, "nobody is answered after readers have left: {code}");
    }
    server.serves_well("readers who leave");
}

#[test]
fn every_question_is_guarded() {
    let turn = server();
    let server: &Server = &turn;
    for (path, body) in [
        ("/api/solve", SOLVE),
        ("/api/ranges", RANGES),
        ("/api/deal", r#"{"name":"x"}"#),
        ("/api/bargaining", r#"{"projects":[]}"#),
    ] {
        let without_cookie = server.raw(
            format!(
                "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: http://{0}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                server.host(),
                body.len()
            )
            .as_bytes(),
        );
        assert_eq!(status(&without_cookie), 403, "{path}");
        let foreign = server.proper("POST", path, "Origin: http://evil.example\r\n", body);
        assert_eq!(status(&foreign), 403, "{path}");
        assert_eq!(status(&server.proper("GET", path, "", "")), 405, "{path}");
        assert_eq!(status(&server.proper("POST", path, "", "{}")), 422, "{path}");
    }
    // this case has no deals and no calibration: each refusal is a sentence
    let deal = server.proper("POST", "/api/deal", "", r#"{"name":"../../../etc/passwd"}"#);
    assert!(deal.contains("event: refusal") && deal.contains("this case has no deal"), "{deal}");
    let ranges = server.proper("POST", "/api/ranges", "", RANGES);
    assert!(ranges.contains("event: refusal") && ranges.contains("no calibration"), "{ranges}");
    let project = server.proper("POST", "/api/bargaining", "", r#"{"projects":["../x"]}"#);
    assert_eq!(status(&project), 422, "{}", start(&project));
    let players = server.proper("POST", "/api/bargaining", "", r#"{"projects":[]}"#);
    assert_eq!(status(&players), 200, "{}", start(&players));
    server.serves_well("every question");
}

#[test]
fn markup_stays_text() {
    let turn = server();
    let server: &Server = &turn;
    let label = r#"<img src=x onerror=alert(1)>"#;
    let reply = server.proper("POST", "/api/solve", "", &format!(r#"{{"label":"{label}","changes":[]}}"#));
    assert_eq!(status(&reply), 200, "{}", start(&reply));
    for header in ["content-type: application/json", "x-content-type-options: nosniff", "default-src 'none'"]
    {
        assert!(reply.contains(header), "{header}");
    }
    server.serves_well("markup");
}

#[test]
fn the_token_opens_the_page_once_for_all() {
    let turn = server();
    let server: &Server = &turn;
    let request = format!(
        "GET /?token={} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        server.token,
        server.host()
    );
    let reply = server.raw(request.as_bytes());
    assert_eq!(status(&reply), 303);
    let cookie = format!("set-cookie: {}; HttpOnly; SameSite=Strict; Path=/", server.cookie());
    assert!(reply.contains(&cookie), "{reply}");
    let page = server.proper("GET", "/", "Sec-Fetch-Site: none\r\n", "");
    assert_eq!(status(&page), 200);
    assert!(page.contains("<div id=\"page\">"), "{}", start(&page));
    let mut stream = server.connect();
    let _ = stream.write_all(format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", server.host()).as_bytes());
    assert_eq!(status(&answer(&mut stream)), 403);
}
