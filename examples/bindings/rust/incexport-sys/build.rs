// SPDX-License-Identifier: Apache-2.0
//! Where libincexport is: the folder INCEXPORT_LIB_DIR, or what pkg-config says.
use std::{env, process::Command};

fn main() {
    println!("cargo:rerun-if-env-changed=INCEXPORT_LIB_DIR");
    if let Ok(folder) = env::var("INCEXPORT_LIB_DIR") {
        println!("cargo:rustc-link-search=native={}", folder);
    } else if let Ok(out) = Command::new("pkg-config").args(["--libs-only-L", "incexport"]).output() {
        for flag in String::from_utf8_lossy(&out.stdout).split_whitespace() {
            println!("cargo:rustc-link-search=native={}", flag.trim_start_matches("-L"));
        }
    }
    println!("cargo:rustc-link-lib=dylib=incexport");
}
