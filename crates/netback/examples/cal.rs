use netback::case::*; use netback::market::*;
fn main(){
 let files=Files::read(std::path::Path::new(&std::env::args().nth(1).unwrap())).unwrap();
 let raw=RawCase::read(&files).unwrap();
 let case=Case::from_raw(&raw).unwrap();
 let s=netback_solve::Settings::default();
 match calibrate(&case,&s){Ok(r)=>println!("{:?}",r.decomposition),Err(e)=>println!("{e}")}
}
