use super::*;
use serde_json::json;

/// A review of one group: two reads of it before a decision, one after, two after the end, a deletion, a last read.
fn recording() -> Arc<Recording> {
    let at = |minute: u8| format!("2022-02-11T08:{minute:02}:00Z");
    let entry = |minute: u8, method: &str, path: &str, body: Option<&str>, answer: &str| {
        json!({
            "startedDateTime": at(minute),
            "request": {"method": method, "url": format!("https://graph.microsoft.com{path}"), "postData": body.map(|text| json!({"text": text}))},
            "response": {"status": 200, "content": {"text": answer, "mimeType": "application/json"}},
        })
    };
    let har = json!({"log": {"_finish": {"by": "wait", "at": at(30)}, "_volatile": ["/secret"], "entries": [
        entry(0, "GET", "/v1.0/r", None, "1"),
        entry(1, "GET", "/v1.0/r", None, "2"),
        entry(2, "PATCH", "/v1.0/d", Some("{\"a\":1,\"secret\":\"x\"}"), "patched"),
        entry(3, "GET", "/v1.0/r", None, "3"),
        entry(31, "GET", "/v1.0/r", None, "4"),
        entry(32, "GET", "/v1.0/r", None, "5"),
        entry(40, "DELETE", "/v1.0/r", None, "gone"),
        entry(41, "GET", "/v1.0/r", None, "6"),
    ]}});
    Arc::new(Recording::parse("x.har", har.to_string().as_bytes()).unwrap())
}

fn ask(replay: &Replay, method: &str, path: &str, body: &str) -> String {
    match replay.answer("administrator", method, path, body.as_bytes()) {
        ReplayAnswer::Recorded(exchange) => exchange.response_text(),
        ReplayAnswer::Unrecorded(message) => message.lines().next().unwrap().to_owned(),
    }
}

fn get(replay: &Replay) -> String {
    ask(replay, "GET", "/v1.0/r", "")
}

fn patch(replay: &Replay) -> String {
    ask(replay, "PATCH", "/v1.0/d", "{\"secret\":\"other\",\"a\":1}")
}

fn end(replay: &Replay) {
    replay.wait_until("2022-02-11T08:30:00Z".parse().unwrap());
}

#[test]
fn moments_that_are_counted_from_now_are_found_again_by_their_distance() {
    let view = |start: &str, end: &str| format!("/v1.0/me/calendarView?startDateTime={start}&endDateTime={end}");
    let entry = |second: u8, path: String| {
        json!({
            "startedDateTime": format!("2022-02-11T08:00:{second:02}Z"),
            "request": {"method": "GET", "url": format!("https://graph.microsoft.com{path}")},
            "response": {"status": 200, "content": {"text": second.to_string()}},
        })
    };
    let entries = [
        entry(0, "/v1.0/me".to_owned()),
        entry(30, view("2022-02-11T08:00:30Z", "2022-02-18T08:00:30Z")),
        entry(40, view("2022-02-11T07:00:40Z", "2022-02-18T08:00:40Z")),
    ];
    let har = json!({"log": {"_finish": {"by": "stop"}, "entries": entries}});
    let recording = Arc::new(Recording::parse("x.har", har.to_string().as_bytes()).unwrap());
    let asked = |start: &str, end: &str| {
        let replay = Replay::new(Arc::clone(&recording));
        assert_eq!(ask(&replay, "GET", "/v1.0/me", ""), "0");
        ask(&replay, "GET", &view(start, end), "")
    };
    // The session stands at 8:00:00, when the first was sent.
    assert_eq!(asked("2022-02-11T08:00:00Z", "2022-02-18T08:00:00Z"), "30");
    assert_eq!(asked("2022-02-11T07%3A00%3A00Z", "2022-02-18T08%3A00%3A00Z"), "40");
    // An hour less, a day more, another path, no moment at all.
    for (start, end) in [
        ("2022-02-11T06:00:00Z", "2022-02-18T08:00:00Z"),
        ("2022-02-11T08:00:00Z", "2022-02-19T08:00:00Z"),
        ("2022-02-11T08:00:00Z", "2022-02-18T08:00:00Z&$top=1"),
        ("2022-02-11", "2022-02-18"),
    ] {
        assert!(asked(start, end).starts_with("nothing was recorded"), "{start} {end}");
    }
}

#[test]
fn the_nth_read_gets_the_nth_answer_and_the_last_of_an_era_repeats() {
    let replay = Replay::new(recording());
    assert_eq!([get(&replay), get(&replay), get(&replay), get(&replay)], ["1", "2", "2", "2"]);
    assert_eq!(patch(&replay), "patched");
    assert_eq!([get(&replay), get(&replay)], ["3", "3"]);
    end(&replay);
    assert_eq!([get(&replay), get(&replay), get(&replay)], ["4", "5", "5"]);
    assert_eq!(ask(&replay, "DELETE", "/v1.0/r", ""), "gone");
    assert_eq!([get(&replay), get(&replay)], ["6", "6"]);
}

#[test]
fn a_reader_that_skips_reads_never_gets_a_stale_answer() {
    let replay = Replay::new(recording());
    assert_eq!(patch(&replay), "patched");
    assert_eq!(get(&replay), "3");
}

#[test]
fn the_result_of_a_write_cannot_be_read_before_it() {
    let replay = Replay::new(recording());
    end(&replay);
    assert_eq!([get(&replay), get(&replay), get(&replay)], ["1", "2", "2"]);
}

#[test]
fn the_end_of_the_period_has_to_be_waited_for() {
    let replay = Replay::new(recording());
    patch(&replay);
    replay.wait_until("2022-02-11T08:29:59Z".parse().unwrap());
    assert_eq!([get(&replay), get(&replay)], ["3", "3"]);
}

#[test]
fn after_the_end_no_decision_can_be_written() {
    let replay = Replay::new(recording());
    end(&replay);
    assert!(patch(&replay).starts_with("nothing was recorded"), "{}", patch(&replay));
}

#[test]
fn a_write_is_answered_once_and_only_with_its_own_body() {
    let replay = Replay::new(recording());
    assert!(ask(&replay, "PATCH", "/v1.0/d", "{\"a\":2}").starts_with("nothing was recorded"));
    assert_eq!(patch(&replay), "patched");
    assert!(patch(&replay).starts_with("nothing was recorded"));
}

#[test]
fn clean_up_may_come_early_and_sees_what_comes_after_it() {
    let replay = Replay::new(recording());
    assert_eq!(get(&replay), "1");
    assert_eq!(ask(&replay, "DELETE", "/v1.0/r", ""), "gone");
    assert_eq!(get(&replay), "6");
}

#[test]
fn no_write_but_a_deletion_overtakes_an_earlier_one_to_the_same_object() {
    const REVIEW: &str = "/v1.0/reviews/2d56c364-0695-4ec6-8b92-4c1db7c80f1b";
    const GROUP: &str = "/v1.0/groups/eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";
    let entry = |second: u8, method: &str, path: String| {
        json!({
            "startedDateTime": format!("2022-02-11T08:00:{second:02}Z"),
            "request": {"method": method, "url": format!("https://graph.microsoft.com{path}")},
            "response": {"status": 204, "content": {"text": second.to_string()}},
        })
    };
    let har = json!({"log": {"_finish": {"by": "stop"}, "entries": [
        entry(1, "PATCH", format!("{REVIEW}/decisions/1")),
        entry(2, "PATCH", GROUP.to_owned()),
        entry(3, "POST", format!("{REVIEW}/stop")),
        entry(4, "DELETE", REVIEW.to_owned()),
    ]}});
    let recording = Arc::new(Recording::parse("x.har", har.to_string().as_bytes()).unwrap());
    let replay = Replay::new(Arc::clone(&recording));
    assert_eq!(ask(&replay, "PATCH", GROUP, ""), "2");
    assert!(ask(&replay, "POST", &format!("{REVIEW}/stop"), "").starts_with("nothing was recorded"));
    assert_eq!(ask(&replay, "PATCH", &format!("{REVIEW}/decisions/1"), ""), "1");
    assert_eq!(ask(&replay, "POST", &format!("{REVIEW}/stop"), ""), "3");
    assert_eq!(ask(&Replay::new(recording), "DELETE", REVIEW, ""), "4");
}

#[test]
fn a_deleted_object_is_not_found_even_if_more_was_deleted_first() {
    let entry = |second: u8, method: &str, path: &str, status: u16| {
        json!({
            "startedDateTime": format!("2022-02-11T08:00:{second:02}Z"),
            "request": {"method": method, "url": format!("https://graph.microsoft.com{path}")},
            "response": {"status": status, "content": {"text": status.to_string()}},
        })
    };
    let har = json!({"log": {"_finish": {"by": "stop"}, "entries": [
        entry(0, "GET", "/v1.0/groups/1", 200),
        entry(1, "GET", "/v1.0/users/2", 200),
        entry(2, "DELETE", "/beta/Groups/1", 204),
        entry(3, "DELETE", "/v1.0/users/2", 204),
        entry(4, "GET", "/v1.0/groups/1", 404),
        entry(5, "GET", "/v1.0/users/2", 404),
    ]}});
    let replay = Replay::new(Arc::new(Recording::parse("x.har", har.to_string().as_bytes()).unwrap()));
    let get = |path: &str| ask(&replay, "GET", path, "");
    assert_eq!(get("/v1.0/groups/1"), "200");
    assert_eq!(ask(&replay, "DELETE", "/beta/groups/1", ""), "204");
    assert_eq!([get("/v1.0/groups/1"), get("/v1.0/groups/1")], ["404", "404"]);
    assert_eq!(get("/v1.0/users/2"), "200");
    assert_eq!(ask(&replay, "DELETE", "/v1.0/users/2", ""), "204");
    assert_eq!(get("/v1.0/users/2"), "404");
}

#[test]
fn what_did_not_change_is_answered_as_it_was() {
    let entry = |second: u8, method: &str, status: u16, answer: &str| {
        json!({
            "startedDateTime": format!("2022-02-11T08:00:{second:02}Z"),
            "request": {"method": method, "url": "https://graph.microsoft.com/v1.0/me"},
            "response": {"status": status, "content": {"text": answer}},
        })
    };
    let har = json!({"log": {"_finish": {"by": "stop"}, "entries": [
        entry(0, "GET", 304, ""), entry(1, "GET", 200, "one"), entry(2, "GET", 304, ""),
        entry(3, "PATCH", 204, ""), entry(4, "GET", 200, "two"), entry(5, "GET", 304, ""),
    ]}});
    let recording = Arc::new(Recording::parse("x.har", har.to_string().as_bytes()).unwrap());
    assert_eq!(recording.doubts(), ["entry 1: the answer is 304, and no earlier answer has what it revalidated"]);
    let replay = Replay::new(recording);
    let me = |method: &str| ask(&replay, method, "/v1.0/me", "");
    assert_eq!([me("GET"), me("GET"), me("GET"), me("GET")], ["", "one", "one", "one"]);
    assert_eq!([me("PATCH"), me("GET"), me("GET")], ["", "two", "two"]);
    assert_eq!(replay.unused(|_| true), [""; 0]);
}

/// Reads before, between and after two waits, with a write before each.
fn waiting_twice() -> Replay {
    let entry = |second: u8, method: &str, answer: &str| {
        json!({
            "startedDateTime": format!("2022-02-11T08:00:{second:02}Z"),
            "request": {"method": method, "url": format!("https://graph.microsoft.com/v1.0/{}", method.to_lowercase())},
            "response": {"status": 200, "content": {"text": answer}},
        })
    };
    let har = json!({"log": {"_finish": {"by": "stop"}, "_waits": ["2022-02-11T08:00:30Z", "2022-02-11T08:00:10Z"],
    "entries": [
        entry(0, "GET", "1"), entry(1, "PATCH", "patched"), entry(2, "GET", "2"),
        entry(11, "GET", "3"), entry(12, "PUT", "put"), entry(13, "GET", "4"),
        entry(31, "GET", "5"), entry(32, "DELETE", "deleted"), entry(33, "GET", "6"),
    ]}});
    Replay::new(Arc::new(Recording::parse("x.har", har.to_string().as_bytes()).unwrap()))
}

#[test]
fn every_wait_has_to_be_done_before_what_came_after_it_is_read() {
    let replay = waiting_twice();
    let [get, patch, put, delete] = ["GET", "PATCH", "PUT", "DELETE"]
        .map(|method| || ask(&replay, method, &format!("/v1.0/{}", method.to_lowercase()), ""));
    let wait = |second: u8| replay.wait_until(format!("2022-02-11T08:00:{second}Z").parse().unwrap());
    assert_eq!([get(), patch(), get(), get()], ["1", "patched", "2", "2"]);
    wait(10);
    assert_eq!([get(), get(), put(), get(), get()], ["3", "3", "put", "4", "4"]);
    wait(29);
    assert_eq!(get(), "4");
    wait(30);
    assert_eq!([get(), get(), delete(), get()], ["5", "5", "deleted", "6"]);
}

#[test]
fn what_was_written_before_a_wait_cannot_be_written_after_it() {
    let replay = waiting_twice();
    replay.wait_until("2022-02-11T08:00:10Z".parse().unwrap());
    assert!(ask(&replay, "PATCH", "/v1.0/patch", "").starts_with("nothing was recorded"));
    assert_eq!(ask(&replay, "PUT", "/v1.0/put", ""), "put");
    assert_eq!(ask(&replay, "GET", "/v1.0/get", ""), "4");
}

#[test]
fn who_sends_what_came_after_a_wait_has_waited() {
    let replay = waiting_twice();
    assert_eq!(ask(&replay, "PUT", "/v1.0/put", ""), "put");
    assert_eq!(ask(&replay, "GET", "/v1.0/get", ""), "4");
    assert_eq!(ask(&replay, "DELETE", "/v1.0/delete", ""), "deleted");
    assert_eq!(ask(&replay, "GET", "/v1.0/get", ""), "6");
}

#[test]
fn the_clock_follows_the_exchanges_and_never_goes_back() {
    let replay = Replay::new(recording());
    get(&replay);
    get(&replay);
    assert_eq!(replay.now().to_string(), "2022-02-11T08:01:00Z");
    end(&replay);
    replay.wait_until("2022-02-11T08:05:00Z".parse().unwrap());
    assert_eq!(replay.now().to_string(), "2022-02-11T08:30:00Z");
}

#[test]
fn exchanges_that_were_never_requested_are_listed() {
    let replay = Replay::new(recording());
    get(&replay);
    let unused = replay.unused(|exchange| exchange.is_write());
    assert_eq!(unused, ["entry 3: PATCH /v1.0/d as administrator", "entry 7: DELETE /v1.0/r as administrator"]);
}
