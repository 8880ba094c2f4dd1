use netback::case::*; use netback::market::*;
use std::time::Instant;
fn main(){
 let files=Files::read(std::path::Path::new(&std::env::args().nth(1).unwrap())).unwrap();
 let raw=RawCase::read(&files).unwrap();
 let mut case=Case::from_raw(&raw).unwrap();
 if std::env::args().nth(2).as_deref()==Some("nostorage") {case.storage.clear();}
 if std::env::args().nth(2).as_deref()==Some("nocap") {case.settings.price_cap=None;}
 if let Some(t)=std::env::args().nth(2).and_then(|t| t.parse().ok()) {case.settings.tie_break=netback::units::UsdPerTcmPerBcmPerYear(t);}
 let p=MarketProblem::of(&case);
 let pr=p.program();
 println!("{} cols {} rows {} nnz, arcs {}",pr.columns().len(),pr.rows().len(),pr.nonzeros(),p.network().arcs.len());
 for (f,t) in [(netback_solve::Factorisation::Simplicial,1e-13),(netback_solve::Factorisation::Supernodal,1e-13)] {
 let mut s=netback_solve::Settings::default(); s.factorisation=f; s.interior_tolerance=t;
 let a=Instant::now();
 let o=netback_solve::solve(pr,&s);
 println!("{f:?} {t} {:?} it {} held {:?} unc {:?} {:?}",o.stopped,o.iterations,o.held.map(|h|h.certificate().natural_residual),o.uncertified.map(|u|u.certificate),a.elapsed());
 }
}
