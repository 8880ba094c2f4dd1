//! New files of the built-in cases and studies are embedded anew.

fn main() {
    println!("cargo:rerun-if-changed=../../cases");
    println!("cargo:rerun-if-changed=../../studies");
}
