//! The built page, and the report made of it.

use rust_embed::RustEmbed;
use serde::Serialize;

use crate::answers::{Answer, BargainingAnswer, DealAnswerOnPage};
use crate::ranges::RangesOnPage;
use crate::run::Run;
use crate::world::World;

#[derive(RustEmbed)]
#[folder = "dist"]
struct Built;

/// A file of the built page, with its media type.
pub(crate) fn file(path: &str) -> Option<(Vec<u8>, &'static str)> {
    let kind = match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    Built::get(path).map(|file| (file.data.into_owned(), kind))
}

/// Everything a report holds.
#[derive(Debug, Clone, Serialize)]
pub struct ReportData {
    /// Title of the study.
    pub title: String,
    /// The case.
    pub world: World,
    /// Central runs of its scenarios, the base first.
    pub runs: Vec<Run>,
    /// In the order of the study.
    pub answers: Vec<Answer>,
    /// For the negotiation view.
    pub deals: Vec<DealAnswerOnPage>,
    /// Low and high of the comparisons.
    pub ranges: Vec<RangesOnPage>,
    /// For the bargaining view.
    pub bargaining: Vec<BargainingAnswer>,
}

/// A report as one HTML file: page and data inline, nothing fetched.
pub fn report(data: &ReportData) -> String {
    let text = |path: &str| {
        let bytes = Built::get(path).map(|file| file.data.into_owned()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    // inside a script element only these could end it or open a comment
    let json = serde_json::to_string(data).unwrap_or_default().replace('<', "\\u003c");
    let script = text("page.js").replace("</script", "<\\/script");
    let title = data.title.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; \
         style-src 'unsafe-inline'; img-src data: blob:\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<div id=\"page\"></div>\n\
         <script type=\"application/json\" id=\"netback-data\">{json}</script>\n\
         <script type=\"module\">{script}</script>\n</body>\n</html>\n",
        style = text("page.css"),
    )
}
