//! Builds the program anew when a file that it carries has changed or come: the macro that embeds folders does not tell
//! cargo of them.

fn main() {
    for folder in ["features", "recordings"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
