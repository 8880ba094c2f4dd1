use netback::case::*; use netback::market::*;
fn main(){
 let files=Files::read(std::path::Path::new(&std::env::args().nth(1).unwrap())).unwrap();
 let raw=RawCase::read(&files).unwrap();
 let case=Case::from_raw(&raw).unwrap();
 let p=MarketProblem::of(&case);
 let pr=p.program();
 println!("{} cols {} rows {} nnz, arcs {}",pr.columns().len(),pr.rows().len(),pr.nonzeros(),p.network().arcs.len());
 let empty=pr.rows().iter().filter(|r|r.entries.is_empty()).count(); println!("empty rows {empty}");
 let mut s=netback_solve::Settings::default();
 s.interior_tolerance=std::env::var("TOL").unwrap().parse().unwrap();
 let o=netback_solve::solve(pr,&s);
 println!("{:?} it {} held {:?} unc {:?}",o.stopped,o.iterations,o.held.map(|h|h.certificate().clone()),o.uncertified.map(|u|u.certificate));
 let mut kinds=std::collections::BTreeMap::new();
 for c in pr.columns(){ *kinds.entry(c.name.split(' ').next().unwrap().to_string()).or_insert(0)+=1;} println!("{kinds:?}");
 let mut kinds=std::collections::BTreeMap::new();
 for c in pr.rows(){ *kinds.entry(c.name.split(' ').next().unwrap().to_string()).or_insert(0)+=1;} println!("{kinds:?}");
}
