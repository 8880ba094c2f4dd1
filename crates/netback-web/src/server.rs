//! The local server: loopback only, one reader, nothing trusted.
//!
//! A page of another site can send requests to a local port, so an address in `Host`, a cookie got for the token of
//! the printed address, and the origin of every change are checked before anything is read.

mod connections;
mod guard;
mod queue;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Json, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::changes::Change;
use crate::desk::{Desk, Refusal};
use crate::page;
use guard::Guard;
use queue::Queue;

/// Limits of the server.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// Time for the head of a request.
    pub header_time: Duration,
    /// Time between two parts of a body.
    pub body_time: Duration,
    /// Time until the head of a response.
    pub request_time: Duration,
    /// Largest body in bytes.
    pub body_limit: usize,
    /// Connections at a time; above, the oldest idle one is closed.
    pub connections: usize,
    /// Questions that may wait while one is answered.
    pub queue: usize,
    /// Comparisons of a study that the page offers as runs.
    pub study: Option<StudyOnPage>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        ServerSettings {
            port: 0,
            header_time: Duration::from_secs(3),
            body_time: Duration::from_secs(3),
            request_time: Duration::from_secs(60),
            body_limit: 64 << 10,
            connections: 128,
            queue: 8,
            study: None,
        }
    }
}

/// The study that is open.
#[derive(Debug, Clone, Serialize)]
pub struct StudyOnPage {
    /// Title.
    pub title: String,
    /// Name of a comparison, its scenarios, and those it is compared with.
    pub comparisons: Vec<[String; 3]>,
}

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Clone)]
struct Shared {
    desk: Arc<Desk>,
    queue: Queue,
    /// `/api/world`, written once.
    world: Arc<str>,
}

/// Serves the page of a case until the program ends. `announce` gets the address with the token.
///
/// Errors: the port is taken, or the system gives no random numbers.
pub fn serve(desk: Desk, settings: &ServerSettings, announce: &dyn Fn(&str)) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener =
            tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, settings.port))).await?;
        let guard = Guard::new(listener.local_addr()?.port())?;
        announce(&guard.address());
        let router = router(desk, settings, guard)?;
        connections::accept(&listener, router, settings).await;
        Ok(())
    })
}

fn router(desk: Desk, settings: &ServerSettings, guard: Guard) -> io::Result<Router> {
    let world = serde_json::json!({ "world": desk.world(), "base": desk.base(), "study": settings.study });
    let shared = Shared {
        world: serde_json::to_string(&world).map_err(io::Error::other)?.into(),
        desk: Arc::new(desk),
        queue: Queue::new(settings.queue),
    };
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    Ok(Router::new()
        .route("/api/world", get(world_and_base))
        .route("/api/solve", post(solve))
        .route("/api/ranges", post(ranges))
        .route("/api/deal", post(deal))
        .route("/api/bargaining", post(bargaining))
        .route("/", get(built_file))
        .route("/page.js", get(built_file))
        .route("/page.css", get(built_file))
        .fallback(nothing_here)
        .with_state(shared)
        .layer(RequestBodyTimeoutLayer::new(settings.body_time))
        .layer(RequestBodyLimitLayer::new(settings.body_limit))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, settings.request_time))
        .layer(from_fn_with_state(Arc::new(guard), guard::check))
        .layer(CatchPanicLayer::custom(|_| {
            said(StatusCode::INTERNAL_SERVER_ERROR, "the program failed on this request; please report it")
        }))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin")))
}

/// An error as a sentence.
fn said(status: StatusCode, sentence: &str) -> Response {
    (status, Json(serde_json::json!({ "error": sentence }))).into_response()
}

fn json_text(text: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.into()).into_response()
}

fn refused(refusal: &Refusal) -> Response {
    said(StatusCode::UNPROCESSABLE_ENTITY, &refusal.0)
}

async fn nothing_here() -> Response {
    said(StatusCode::NOT_FOUND, "there is nothing at this address")
}

async fn built_file(uri: Uri) -> Response {
    let path = match uri.path() {
        "/" => "index.html",
        other => other.trim_start_matches('/'),
    };
    match page::file(path) {
        Some((bytes, kind)) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        None => said(StatusCode::NOT_FOUND, "the page is not built: run npm ci && npm run build in web"),
    }
}

async fn world_and_base(State(shared): State<Shared>) -> Response {
    json_text(shared.world.to_string())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SolveRequest {
    label: String,
    changes: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RangesRequest {
    label: String,
    changes: Vec<Change>,
    against: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DealRequest {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BargainingRequest {
    projects: Vec<String>,
}

/// More changes than a reader makes.
const MOST_CHANGES: usize = 200;

fn is_too_long(label: &str, changes: &[Change]) -> bool {
    changes.len() > MOST_CHANGES || label.chars().count() > 300
}

fn too_long() -> Response {
    said(StatusCode::UNPROCESSABLE_ENTITY, "a run takes at most 200 changes and a name of 300 characters")
}

async fn solve(State(shared): State<Shared>, request: Result<Json<SolveRequest>, JsonRejection>) -> Response {
    let Json(request) = match request {
        Ok(request) => request,
        Err(rejection) => return unread(&rejection),
    };
    if is_too_long(&request.label, &request.changes) {
        return too_long();
    }
    let desk = shared.desk.clone();
    let answer = shared.queue.ask(move || desk.solve(&request.label, &request.changes)).await;
    answered(answer)
}

async fn bargaining(
    State(shared): State<Shared>,
    request: Result<Json<BargainingRequest>, JsonRejection>,
) -> Response {
    let Json(request) = match request {
        Ok(request) => request,
        Err(rejection) => return unread(&rejection),
    };
    let desk = shared.desk.clone();
    answered(shared.queue.ask(move || desk.bargaining(&request.projects)).await)
}

async fn deal(State(shared): State<Shared>, request: Result<Json<DealRequest>, JsonRejection>) -> Response {
    match request {
        Ok(Json(request)) => long(&shared, move |desk, progress| desk.deal(&request.name, progress)),
        Err(rejection) => unread(&rejection),
    }
}

async fn ranges(
    State(shared): State<Shared>,
    request: Result<Json<RangesRequest>, JsonRejection>,
) -> Response {
    match request {
        Ok(Json(request))
            if [&request.changes, &request.against].iter().any(|all| is_too_long(&request.label, all)) =>
        {
            too_long()
        }
        Ok(Json(request)) => long(&shared, move |desk, progress| {
            desk.ranges(&request.label, &request.changes, &request.against, progress)
        }),
        Err(rejection) => unread(&rejection),
    }
}

/// Progress, then the answer, as server-sent events. When the reader goes, the solves stop after the current one.
fn long<T: Serialize>(
    shared: &Shared,
    question: impl FnOnce(&Desk, &(dyn Fn(usize, usize) + Sync)) -> Result<T, Refusal> + Send + 'static,
) -> Response {
    let desk = shared.desk.clone();
    let events = shared.queue.stream(move |send| {
        let progress =
            |done: usize, of: usize| send("progress", &serde_json::json!({ "done": done, "of": of }));
        match question(&desk, &progress) {
            Ok(answer) => send("answer", &serde_json::to_value(&answer).unwrap_or_default()),
            Err(refusal) => send("refusal", &serde_json::json!({ "error": refusal.0 })),
        }
    });
    match events {
        Some(body) => ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response(),
        None => busy(),
    }
}

fn answered<T: Serialize>(answer: Option<Result<T, Refusal>>) -> Response {
    match answer {
        None => busy(),
        Some(Ok(answer)) => match serde_json::to_string(&answer) {
            Ok(text) => json_text(text),
            Err(_) => said(StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be written as JSON"),
        },
        Some(Err(refusal)) => refused(&refusal),
    }
}

fn busy() -> Response {
    said(StatusCode::SERVICE_UNAVAILABLE, "too many questions are waiting; ask again in a moment")
}

fn unread(rejection: &JsonRejection) -> Response {
    said(rejection.status(), &format!("the request cannot be read: {}", rejection.body_text()))
}
