//! A server under test, and raw requests to it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Deref;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::time::{Duration, Instant};

use netback::case::{Files, RawCase};
use netback_solve::Settings;
use netback_web::{Desk, ServerSettings, serve};

pub struct Server {
    pub port: u16,
    pub token: String,
}

pub fn desk(case: &str) -> Desk {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases").join(case);
    let raw = RawCase::read(&Files::read(&folder).expect("the case is there")).expect("the case can be read");
    Desk::open(raw, "hash", "0.0.0", Settings::default()).expect("the case has an equilibrium")
}

/// The server while a test has it for itself: a flood of one test would close the connections of another.
pub struct Turn(
    #[allow(dead_code, reason = "held until the test ends")] MutexGuard<'static, ()>,
    &'static Server,
);

impl Deref for Turn {
    type Target = Server;

    fn deref(&self) -> &Server {
        self.1
    }
}

/// The server, when the tests before have done with it.
pub fn server() -> Turn {
    static TURN: Mutex<()> = Mutex::new(());
    Turn(TURN.lock().unwrap_or_else(PoisonError::into_inner), started())
}

/// One server for most tests of this binary; its limits are short so that the tests are.
fn started() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| serving("published/mini-eurasia"))
}

/// A server of a case.
pub fn serving(case: &'static str) -> Server {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let settings = ServerSettings {
            header_time: Duration::from_millis(400),
            body_time: Duration::from_millis(400),
            ..ServerSettings::default()
        };
        serve(desk(case), &settings, &|address| {
            send.send(address.to_string()).expect("the test waits");
        })
    });
    let address = receive.recv_timeout(Duration::from_secs(60)).expect("the server starts");
    let (start, token) = address.split_once("/?token=").expect("a token");
    let port = start.rsplit_once(':').expect("a port").1.parse().expect("a number");
    Server { port, token: token.to_string() }
}

impl Server {
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a limit");
        stream.set_write_timeout(Some(Duration::from_secs(5))).expect("a limit");
        stream
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn cookie(&self) -> String {
        format!("netback-{}={}", self.port, self.token)
    }

    /// What comes back for raw bytes; empty when the server closes without a word.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // the server may close before it has read all: that is a refusal, not a fault of the test
        let _ = stream.write_all(bytes);
        answer(&mut stream)
    }

    /// The answer to a request with `Host`, cookie and origin as the page sends them, and `Connection: close`.
    pub fn proper(&self, method: &str, path: &str, extra: &str, body: &str) -> String {
        self.raw(self.request(method, path, extra, body).as_bytes())
    }

    /// The text of such a request.
    pub fn request(&self, method: &str, path: &str, extra: &str, body: &str) -> String {
        let length =
            if method == "POST" { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };
        let kind = if method == "POST" && !extra.contains("Content-Type") {
            "Content-Type: application/json\r\n"
        } else {
            ""
        };
        let origin = if extra.contains("Origin:") || extra.contains("No-Origin") {
            String::new()
        } else {
            format!("Origin: http://{}\r\n", self.host())
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n{origin}{kind}{length}{extra}\
             Connection: close\r\n\r\n{body}",
            self.host(),
            self.cookie()
        )
    }

    /// The page's first question is answered within a second.
    pub fn serves_well(&self, after: &str) {
        let started = Instant::now();
        let answer = self.proper("GET", "/api/world", "", "");
        assert_eq!(status(&answer), 200, "after {after}: {}", start(&answer));
        let took = started.elapsed();
        assert!(took < Duration::from_secs(1), "after {after} a good request took {took:?}");
    }
}

pub fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 8192];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(length) => bytes.extend_from_slice(&part[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("the server neither answers nor closes: {}", String::from_utf8_lossy(&bytes))
            }
            Err(_) => break,
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Status of a response; 0 when the connection was closed without one.
pub fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

pub fn start(answer: &str) -> &str {
    answer.get(..200).unwrap_or(answer)
}
