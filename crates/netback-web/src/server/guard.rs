//! Who may ask: the right host, the cookie of the token, and for changes the page's own origin.

use std::io;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::said;

pub(super) struct Guard {
    port: u16,
    token: String,
}

impl Guard {
    pub fn new(port: u16) -> io::Result<Guard> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Guard { port, token: bytes.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    /// The address that opens the page.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    /// Cookies do not know ports, so the name does.
    fn cookie_name(&self) -> String {
        format!("netback-{}", self.port)
    }

    fn is_host(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let ours = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port));
        hosts.next().is_none() && host.is_some_and(|host| ours.iter().any(|our| our == host))
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .any(|(known, value)| known == name && is_same(value, &self.token))
    }

    /// Whether the page itself asks. A browser says so in one of two ways; without both nothing is changed.
    fn is_own_origin(&self, headers: &HeaderMap, changes: bool) -> bool {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
        let site = text("sec-fetch-site");
        let origin = text("origin");
        let own = ["127.0.0.1", "localhost"].map(|name| format!("http://{name}:{}", self.port));
        let site_is_ours = site.is_none_or(|site| site == "same-origin" || (!changes && site == "none"));
        let origin_is_ours = origin.is_none_or(|origin| own.iter().any(|our| our == origin));
        site_is_ours && origin_is_ours && !(changes && site.is_none() && origin.is_none())
    }
}

/// Compares without telling by its time where the first difference is.
fn is_same(given: &str, wanted: &str) -> bool {
    given.len() == wanted.len()
        && given.bytes().zip(wanted.bytes()).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

pub(super) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    // an address of the form `GET http://elsewhere/` names a host of its own
    if !guard.is_host(headers) || request.uri().authority().is_some() {
        return said(StatusCode::MISDIRECTED_REQUEST, "this server answers to 127.0.0.1 and localhost only");
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
        return said(StatusCode::METHOD_NOT_ALLOWED, "only GET, HEAD and POST are understood");
    }
    let token = request.uri().query().and_then(|query| query.strip_prefix("token="));
    if let (Some(token), "/", false) = (token, request.uri().path(), changes) {
        return match is_same(token, &guard.token) {
            true => signed_in(&guard),
            false => said(StatusCode::FORBIDDEN, "this token is not the one that netback serve printed"),
        };
    }
    if !guard.has_cookie(headers) {
        return said(StatusCode::FORBIDDEN, "open the address that netback serve printed, with its token");
    }
    if !guard.is_own_origin(headers, changes) {
        return said(StatusCode::FORBIDDEN, "only the page itself may ask");
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return said(StatusCode::UNSUPPORTED_MEDIA_TYPE, "compressed bodies are not read");
    }
    next.run(request).await
}

fn signed_in(guard: &Guard) -> Response {
    let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/", guard.cookie_name(), guard.token);
    (StatusCode::SEE_OTHER, [(header::LOCATION, "/".to_string()), (header::SET_COOKIE, cookie)])
        .into_response()
}
