//! Bodies from a file beside the feature.

use graphwalk::runner::Verdict;
use graphwalk_recording::digest;
use serde_json::{Value, json};

use crate::{Bench, all_passed, endings, entry};

const PHOTO: [u8; 4] = [0xff, 0xd8, 0xff, 0x00];

fn sends(request: &str, file: &str) -> Bench {
    let steps = format!(
        "  Scenario: s\n    When the administrator sends {request} with the file \"{file}\"\n    Then the status is 204\n"
    );
    let bench = Bench::new(&steps);
    std::fs::write(bench.path().join("photo.jpg"), PHOTO).unwrap();
    std::fs::write(bench.path().join("users.csv"), "a,b\n1,2\n").unwrap();
    std::fs::write(bench.path().join("body.json"), "{\"a\": 1}").unwrap();
    std::fs::write(bench.path().join("broken.json"), "{\"a\": ").unwrap();
    bench
}

fn recorded(request: &str, text: &str) -> Value {
    let mut entry = entry(0, request, 204, &[], &Value::Null);
    entry["request"]["postData"] = json!({"mimeType": "text/plain", "text": text});
    entry
}

#[test]
fn a_file_is_sent_whole_and_known_again_by_its_digest() {
    let put = "PUT \"/v1.0/users/1/photo/$value\"";
    let request = "PUT /v1.0/users/1/photo/$value";
    all_passed(&sends(put, "photo.jpg").replay(&[recorded(request, &digest(&PHOTO))]));
    let other = endings(&sends(put, "photo.jpg").replay(&[recorded(request, &digest(b"other"))]));
    assert_eq!(other[0].1, "unrecorded-request");
    all_passed(&sends("POST \"/v1.0/x\"", "users.csv").replay(&[recorded("POST /v1.0/x", "a,b\n1,2\n")]));
}

#[test]
fn a_file_of_json_is_a_json_body() {
    all_passed(&sends("POST \"/v1.0/x\"", "body.json").replay(&[recorded("POST /v1.0/x", "{\"a\":1}")]));
    let broken = endings(&sends("POST \"/v1.0/x\"", "broken.json").replay(&[recorded("POST /v1.0/x", "x")]));
    assert!(broken[0].1 == "file" && broken[0].2.starts_with("broken.json is not JSON"), "{broken:?}");
}

#[test]
fn no_file_is_sent_that_lies_elsewhere_or_that_nobody_could_judge() {
    for (request, file, code) in [
        ("POST \"/v1.0/x\"", "../photo.jpg", "file"),
        ("POST \"/v1.0/x\"", "/etc/passwd", "file"),
        ("POST \"/v1.0/x\"", "nothing.jpg", "file"),
        ("POST \"/v1.0/$batch\"", "photo.jpg", "request"),
    ] {
        let endings = endings(&sends(request, file).replay(&[recorded("POST /v1.0/x", "x")]));
        assert_eq!((endings[0].0, endings[0].1.as_str()), (Verdict::Failed, code), "{file}: {endings:?}");
    }
}
