//! The report is one file that fetches nothing, and text in it stays text.

use netback_web::{Answer, ReportData, report};

use crate::server::desk;

#[test]
fn one_file_without_requests() {
    let desk = desk("published/mini-eurasia");
    let answer = Answer {
        kind: "market".into(),
        title: "</script><script>alert(1)</script>".into(),
        summary: vec!["<img src=x onerror=alert(1)>".into()],
        tables: Vec::new(),
        markets_solved: 1,
        worst_natural_residual: 0.0,
    };
    let data = ReportData {
        title: "A <b>study</b> & more".into(),
        world: desk.world().clone(),
        runs: vec![desk.base().clone()],
        answers: vec![answer],
        deals: Vec::new(),
        ranges: Vec::new(),
        bargaining: Vec::new(),
    };
    let text = report(&data);
    assert!(text.contains("<title>A &lt;b>study&lt;/b> &amp; more</title>"));
    assert!(!text.contains("<img src=x"), "markup of an answer is in the page as markup");
    assert_eq!(text.matches("</script").count(), 2, "a script ends where text says so");
    for request in ["src=\"", "href=\"http", "url(http", "@import"] {
        assert!(!text.contains(request), "the report asks for {request}");
    }
}
