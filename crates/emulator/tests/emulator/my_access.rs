//! `/myaccess`, as a person meets it with a browser without scripts.

use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use serde_json::{Value, json};

use crate::contoso::{Contoso, Review};
use crate::served::{Served, settings};
use crate::visitor::{Shown, Visitor};

const REASON: &str = "I still need access.";

/// A browser in which the user of a name has signed in with a link, and the first page.
async fn signed_in(served: &Served, name: &str) -> (Visitor, Shown) {
    let link = served.emulator.sign_in_link("myaccess", name).unwrap();
    let mut visitor = Visitor::new(&served.origin);
    let page = visitor.use_link(&link.address(&served.origin)).await;
    (visitor, page)
}

async fn decision(contoso: &Contoso, review: &Review, principal: &str) -> Value {
    contoso.item(review, principal).await
}

#[tokio::test]
async fn adele_answers_gives_a_reason_and_changes_her_answer() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let (mut adele, list) = signed_in(&contoso.served, "Adele Vance").await;
    let text = list.text();
    assert!(
        text.contains("Waiting for your answer Who may enter Group Building security Ends 7 March 2026, 08:00 UTC"),
        "{text}"
    );
    assert!(text.contains("About Adele Vance (you) Recommendation None Your answer No answer yet"), "{text}");
    assert_eq!(text.matches("Alex").count(), 0, "{text}");

    let page = adele.get(&list.link("Answer")).await;
    let text = page.text();
    assert!(
        text.contains("Do you still need access to Building security?") && text.contains("for reviewers"),
        "{text}"
    );
    // Nothing chosen, and Yes without a reason: what was typed stays.
    let none = adele.submit(&page, "", &[("justification", REASON)]).await;
    assert_eq!(none.status, 400);
    assert!(
        none.text().contains("not recorded. Choose Yes, No or Don’t know.") && none.html.contains(REASON),
        "{none:?}"
    );
    let bare = adele.submit(&page, "", &[("decision", "Approve"), ("justification", " \r\n ")]).await;
    assert_eq!(bare.status, 400);
    assert!(bare.text().contains("To say Yes, give a reason."), "{bare:?}");
    assert!(bare.html.contains("value=\"Approve\" required checked"), "{bare:?}");
    assert_eq!(decision(&contoso, &review, &contoso.adele).await["decision"], "NotReviewed");

    let typed = format!("  {REASON}\r\nEvery day. \r\n");
    let taken = adele.submit(&bare, "", &[("decision", "Approve"), ("justification", &typed)]).await;
    let page = adele.follow(&taken).await;
    let text = page.text();
    assert!(
        text.contains("Recorded: Yes. By Adele Vance, 2 March 2026, 09:01 UTC Reason: I still need access. Every day."),
        "{text}"
    );
    let item = decision(&contoso, &review, &contoso.adele).await;
    assert_eq!(
        (&item["decision"], &item["justification"]),
        (&json!("Approve"), &json!(format!("{REASON}\nEvery day.")))
    );
    assert_eq!(item["reviewedBy"]["id"], contoso.adele.as_str());
    assert_eq!(item["reviewedBy"]["userPrincipalName"], "AdeleV@Contoso.com");
    assert!(item["reviewedDateTime"].as_str().unwrap().starts_with("2026-03-02T09:01:00"), "{item}");

    let list = adele.get("/myaccess").await;
    assert!(
        list.text().contains(
            "Nothing waits for your answer. Your answers are kept, and this page can be closed. Answered, and can still"
        ),
        "{list:?}"
    );
    let page = adele.get(&list.link("Change your answer")).await;
    assert!(page.html.contains("Change answer") && page.html.contains(&format!("{REASON}\nEvery day.")), "{page:?}");
    let taken = adele.submit(&page, "", &[("decision", "DontKnow"), ("justification", "")]).await;
    assert!(adele.follow(&taken).await.text().contains("Recorded: Don’t know."));
    assert_eq!(decision(&contoso, &review, &contoso.adele).await["decision"], "DontKnow");
    assert_eq!(decision(&contoso, &review, &contoso.alex).await["decision"], "NotReviewed");
    assert_eq!(contoso.served.emulator.forms_taken(), 2);
}

#[tokio::test]
async fn after_the_end_of_a_review_no_answer_is_taken() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let (mut adele, list) = signed_in(&contoso.served, "Adele Vance").await;
    let address = list.link("Answer");
    let page = adele.get(&address).await;
    contoso.served.pass_days(5).await;
    let late = adele.submit(&page, "", &[("decision", "Approve"), ("justification", REASON)]).await;
    assert_eq!(late.status, 400);
    assert!(late.text().contains("Your answer was not recorded. This review has ended."), "{late:?}");
    assert!(!late.html.contains("name=\"decision\""), "{late:?}");
    let ended = adele.get(&address).await;
    assert!(
        ended.text().contains("Recorded: No.") && ended.text().contains("Answers can no longer be given"),
        "{ended:?}"
    );
    let list = adele.get("/myaccess").await;
    assert!(list.text().contains("Nothing waits for your answer.") && !list.html.contains("Who may enter"), "{list:?}");
    let item = decision(&contoso, &review, &contoso.adele).await;
    assert_eq!((&item["decision"], &item["reviewedBy"]["displayName"]), (&json!("Deny"), &json!("")));
}

#[tokio::test]
async fn nobody_sees_or_answers_what_waits_for_somebody_else() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let of_alex = decision(&contoso, &review, &contoso.alex).await["id"].as_str().unwrap().to_owned();
    let path = format!("/myaccess/{}/{}/{of_alex}", review.definition, review.id);
    let (mut adele, list) = signed_in(&contoso.served, "Adele Vance").await;
    assert_eq!(adele.get(&path).await.status, 404);
    let proof = list.form("/sign-out").1;
    let fields = [("form-proof", proof[0].1.as_str()), ("decision", "Deny"), ("justification", "")];
    assert_eq!(adele.post(&path, &fields).await.status, 404);
    assert_eq!(decision(&contoso, &review, &contoso.alex).await["decision"], "NotReviewed");
    // Megan owns the group, and reviews nothing of a self-review; neither does the administrator.
    for other in ["Megan Bowen", "admin@Contoso.com"] {
        let (mut other, list) = signed_in(&contoso.served, other).await;
        assert!(
            list.text().contains("Nothing waits for your answer.") && !list.html.contains("Who may enter"),
            "{list:?}"
        );
        for path in [path.clone(), format!("/myaccess/{}/{}", review.definition, review.id)] {
            let page = other.get(&path).await;
            assert!(
                page.status == 404 && !page.html.contains("Alex") && !page.html.contains("Who may enter"),
                "{page:?}"
            );
        }
    }
    for nonsense in ["/myaccess/x", "/myaccess/x/y", "/myaccess/x/y/z", "/myaccess/x/y/z/a", "/myaccess/%3Cb%3E/1/2"] {
        let page = adele.get(nonsense).await;
        assert!(page.status == 404 && page.text().contains("There is no such page for you."), "{nonsense}: {page:?}");
    }
}

#[tokio::test]
async fn an_owner_answers_about_each_member_and_a_fallback_reviewer_where_there_is_no_owner() {
    let contoso = Contoso::start().await;
    let owners = json!([{"query": format!("/groups/{}/owners", contoso.group), "queryType": "MicrosoftGraph"}]);
    let review = contoso.review(json!({"reviewers": owners})).await;
    let (mut megan, list) = signed_in(&contoso.served, "Megan Bowen").await;
    assert!(list.text().contains("Recommendations 2 none Answered 0 of 2 See all 2"), "{list:?}");
    let items = megan.get(&list.link("See all 2")).await;
    let page = megan.get(&items.link("<bdi>Alex Wilber")).await;
    assert!(page.text().contains("Does Alex Wilber still need access to Building security?"), "{page:?}");
    let taken = megan.submit(&page, "", &[("decision", "Deny"), ("justification", "Left.")]).await;
    megan.follow(&taken).await;
    let item = decision(&contoso, &review, &contoso.alex).await;
    assert_eq!((&item["decision"], &item["reviewedBy"]["id"]), (&json!("Deny"), &json!(contoso.megan)));
    assert!(megan.get("/myaccess").await.text().contains("Answered 1 of 2"));
    let (_, list) = signed_in(&contoso.served, "Adele Vance").await;
    assert!(list.text().contains("Nothing waits for your answer."), "{list:?}");

    // A group that nobody owns: the fallback reviewer is asked.
    let administrator = contoso.administrator();
    let orphan = crate::contoso::group(&administrator, "Orphans", &[], &[&contoso.adele]).await;
    let by = |query: String| json!([{"query": query, "queryType": "MicrosoftGraph"}]);
    contoso
        .review(json!({
            "displayName": "Orphans",
            "scope": {"query": format!("/groups/{orphan}/transitiveMembers"), "queryType": "MicrosoftGraph"},
            "reviewers": by(format!("/groups/{orphan}/owners")),
            "fallbackReviewers": by(format!("/users/{}", contoso.alex)),
        }))
        .await;
    let (_, list) = signed_in(&contoso.served, "Alex Wilber").await;
    assert!(
        list.text().contains("Orphans Group Orphans") && list.text().contains("About Adele Vance Recommendation"),
        "{list:?}"
    );
}

#[tokio::test]
async fn many_people_are_listed_a_hundred_a_page() {
    let served = Served::start().await;
    let administrator = served.administrator();
    let megan = crate::contoso::user(&administrator, "Megan Bowen", "MeganB").await;
    let mut members = Vec::new();
    for number in 0..101 {
        members.push(crate::contoso::user(&administrator, &format!("Member {number:03}"), &format!("m{number}")).await);
    }
    let group = crate::contoso::group(&administrator, "Crowd", &[&megan], &[]).await;
    for member in &members {
        let body = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{member}")});
        administrator.post(&format!("/v1.0/groups/{group}/members/$ref"), &body).await.ok(204);
    }
    let contoso = Contoso { adele: members[0].clone(), alex: members[1].clone(), megan, group: group.clone(), served };
    contoso
        .review(json!({"reviewers": [{"query": format!("/groups/{group}/owners"), "queryType": "MicrosoftGraph"}]}))
        .await;
    let (mut megan, list) = signed_in(&contoso.served, "Megan Bowen").await;
    let first = megan.get(&list.link("See all 101")).await;
    assert!(first.html.matches("<li>").count() == 100 && first.text().contains("Page 1 of 2"), "{}", first.text());
    let second = megan.get(&first.link("Next page")).await;
    assert!(second.html.matches("<li>").count() == 1 && second.html.contains("Previous page"), "{}", second.text());
    let address = list.link("See all 101");
    for wrong in ["0", "3", "x", "-1", "99999999999999999999"] {
        assert_eq!(megan.get(&format!("{address}?page={wrong}")).await.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn a_user_signs_in_with_name_and_password_and_out_again() {
    let seed = "users:
  - {displayName: Adele Vance, userPrincipalName: adele@contoso.com, password: 'canary-Pw1!'}
  - {displayName: Gone, userPrincipalName: gone@contoso.com, password: 'canary-Pw1!', accountEnabled: false}";
    let served = Served::with(Settings { seed: Seed::parse(seed).unwrap(), ..settings() }).await;
    let mut adele = Visitor::new(&served.origin);
    let form = adele.get("/myaccess").await;
    assert!(form.status == 200 && form.text().contains("User name Password Sign in"), "{form:?}");
    let before = adele.cookie.clone().unwrap();
    for (name, password, words) in [
        ("adele@contoso.com", "wrong", "The user name or the password is wrong."),
        ("nobody@contoso.com", "wrong", "The user name or the password is wrong."),
        ("gone@contoso.com", "canary-Pw1!", "This account is disabled."),
        ("", "", "Type a user name and a password."),
        ("\"><script>x</script>", "y", "The user name or the password is wrong."),
    ] {
        let again = adele.submit(&form, "/sign-in", &[("username", name), ("password", password)]).await;
        assert!(again.status == 401 && again.text().contains(words), "{name}: {again:?}");
        assert!(!again.html.contains(password) || password.len() < 6, "{again:?}");
        assert!(!again.html.contains("<script"), "{again:?}");
    }
    let taken =
        adele.submit(&form, "/sign-in", &[("username", "ADELE@contoso.com"), ("password", "canary-Pw1!")]).await;
    let cookie = taken.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/myaccess; HttpOnly; SameSite=Strict"), "{cookie}");
    let list = adele.follow(&taken).await;
    assert!(list.html.contains("Signed in as <bdi>Adele Vance</bdi>"), "{list:?}");
    // Whoever knew the cookie from before is nobody.
    let signed_in = adele.cookie.replace(before).unwrap();
    assert!(adele.get("/myaccess").await.text().contains("User name Password Sign in"));
    adele.cookie = Some(signed_in.clone());
    let out = adele.submit(&list, "/sign-out", &[]).await;
    assert!(adele.follow(&out).await.text().contains("User name Password Sign in"));
    adele.cookie = Some(signed_in);
    assert!(adele.get("/myaccess").await.text().contains("User name Password Sign in"));
    // The sign-in counts as one.
    let users = served.administrator().get("/v1.0/users?$select=displayName,signInActivity").await.ok(200);
    assert!(users.to_string().contains("2026-03-02T09:00:00"), "{users}");
}

#[tokio::test]
async fn a_link_signs_in_once_and_a_look_at_it_does_not_use_it_up() {
    let contoso = Contoso::start().await;
    contoso.review(json!({})).await;
    let emulator = &contoso.served.emulator;
    assert!(
        emulator.sign_in_link("myaccess", "Nobody").is_none()
            && emulator.sign_in_link("other", "Adele Vance").is_none()
    );
    let link = emulator.sign_in_link("myaccess", "Adele Vance").unwrap();
    assert!(!format!("{link:?}").contains(link.secret()));
    let address = link.address(&contoso.served.origin);
    let (mut one, mut two) = (Visitor::new(&contoso.served.origin), Visitor::new(&contoso.served.origin));
    let (of_one, of_two) = (one.get(&address).await, two.get(&address).await);
    assert!(of_one.text().contains("signs you in once, as AdeleV@Contoso.com."), "{of_one:?}");
    assert!(emulator.link_works(&link));
    let taken = one.submit(&of_one, "/link", &[]).await;
    assert!(!taken.headers["location"].to_str().unwrap().contains(link.secret()));
    let list = one.follow(&taken).await;
    assert!(
        list.html.contains("Signed in as <bdi>Adele Vance</bdi>") && !list.html.contains(link.secret()),
        "{list:?}"
    );
    assert!(!emulator.link_works(&link));
    let late = two.submit(&of_two, "/link", &[]).await;
    assert!(late.status == 410 && late.text().contains("This link was used, or has expired."), "{late:?}");
    assert_eq!(two.get(&address).await.status, 410);
    assert!(two.get("/myaccess").await.text().contains("User name Password"));
    // For programs: the same by the emulator's own endpoint.
    let wanted = json!({"site": "myaccess", "userPrincipalName": "AlexW@Contoso.com"});
    let made = contoso.served.nobody().post("/_emulator/sign-in-links", &wanted).await.ok(200);
    let list = two.use_link(made["url"].as_str().unwrap()).await;
    assert!(list.html.contains("Signed in as <bdi>Alex Wilber</bdi>"), "{list:?}");
    for wrong in [
        json!({"site": "x", "userPrincipalName": "AlexW@Contoso.com"}),
        json!({"site": "myaccess", "userPrincipalName": "x"}),
    ] {
        contoso.served.nobody().post("/_emulator/sign-in-links", &wrong).await.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn a_form_that_another_page_sends_is_refused() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let (mut adele, list) = signed_in(&contoso.served, "Adele Vance").await;
    let page = adele.get(&list.link("Answer")).await;
    let typed = [("decision", "Approve"), ("justification", REASON)];
    let own = adele.headers.clone();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
    ] {
        adele.headers =
            own.iter().filter(|(known, _)| *known != name).cloned().chain([(name, value.to_owned())]).collect();
        let refused = adele.submit(&page, "", &typed).await;
        assert_eq!(refused.status, 403, "{name}: {value}: {refused:?}");
    }
    adele.headers = own;
    // Without the proof, with another visitor's, without the cookie, with an invented one.
    let (action, _) = page.form("");
    assert_eq!(adele.post(&action, &typed).await.status, 403);
    let (_, of_alex) = signed_in(&contoso.served, "Alex Wilber").await;
    let foreign = of_alex.form("/sign-out").1[0].1.clone();
    for proof in [foreign.as_str(), "x", ""] {
        let fields = [("form-proof", proof), typed[0], typed[1]];
        assert_eq!(adele.post(&action, &fields).await.status, 403, "{proof}");
    }
    let cookie = adele.cookie.take();
    let bare = adele.submit(&page, "", &typed).await;
    assert!(bare.status == 403 && bare.text().contains("Allow cookies"), "{bare:?}");
    adele.cookie = cookie.as_ref().map(|cookie| format!("{}=x", cookie.split('=').next().unwrap()));
    assert_eq!(adele.submit(&page, "", &typed).await.status, 403);
    // Neither sign-in nor sign-out are somebody else's to send.
    for end in ["sign-in", "sign-out", "link"] {
        adele.cookie = cookie.clone();
        assert_eq!(
            adele.post(&format!("/myaccess/{end}"), &[("username", "a"), ("password", "b")]).await.status,
            403,
            "{end}"
        );
    }
    assert_eq!(decision(&contoso, &review, &contoso.adele).await["decision"], "NotReviewed");
    // A program that says neither is told apart by the proof alone.
    adele.headers.clear();
    assert_eq!(adele.submit(&page, "", &typed).await.status, 303);
    // The sign-in of a user who is disabled or deleted is over, whatever the cookie says.
    let (path, enabled) = (format!("/v1.0/users/{}", contoso.adele), json!({"accountEnabled": true}));
    contoso.administrator().patch(&path, &json!({"accountEnabled": false})).await.ok(204);
    assert_eq!(adele.submit(&page, "", &typed).await.status, 401);
    contoso.administrator().patch(&path, &enabled).await.ok(204);
    assert_eq!(adele.submit(&page, "", &typed).await.status, 303);
    contoso.administrator().delete(&path).await.ok(204);
    assert_eq!(adele.submit(&page, "", &typed).await.status, 401);
    assert!(adele.get("/myaccess").await.text().contains("User name Password"));
}

#[tokio::test]
async fn what_names_and_reasons_hold_is_text_on_every_page() {
    let evil = "<script>alert(1)</script>\"'><img src=x>\u{202e}";
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    administrator.patch(&format!("/v1.0/users/{}", contoso.adele), &json!({"displayName": evil})).await.ok(204);
    administrator.patch(&format!("/v1.0/groups/{}", contoso.group), &json!({"displayName": evil})).await.ok(204);
    contoso.review(json!({"displayName": evil, "descriptionForReviewers": evil})).await;
    let link = contoso.served.emulator.sign_in_link("myaccess", "AdeleV@Contoso.com").unwrap();
    let mut adele = Visitor::new(&contoso.served.origin);
    let mut pages = vec![adele.get(&link.address(&contoso.served.origin)).await];
    pages.push(adele.use_link(&link.address(&contoso.served.origin)).await);
    let page = adele.get(&pages[1].link("Answer")).await;
    let typed = [("decision", "Deny"), ("justification", "</textarea><script>x</script>")];
    let odd = adele.submit(&page, "", &[("decision", "<script>"), typed[1]]).await;
    let taken = adele.submit(&page, "", &typed).await;
    pages.extend([adele.follow(&taken).await, odd, page, adele.get("/myaccess").await]);
    let forbidden = ["<script", "<img", "\u{202e}", "javascript:"];
    for page in &pages {
        for text in forbidden {
            assert!(!page.html.contains(text), "{text}: {}", page.html);
        }
        assert!(page.html.matches("</textarea>").count() <= 1, "{}", page.html);
        let shown = page.html.contains("&lt;script&gt;");
        assert!(shown, "{page:?}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert!(!policy.contains("script-src") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
    }
    assert!(pages[2].html.contains("&lt;/textarea&gt;&lt;script&gt;x"), "{}", pages[2].html);
}

#[tokio::test]
async fn in_a_review_of_two_stages_only_the_running_one_is_asked_about() {
    let contoso = Contoso::start().await;
    let by = |id: &str| json!([{"query": format!("/users/{id}"), "queryType": "MicrosoftGraph"}]);
    let stage = |id: &str, reviewers: Value, after: Value| {
        json!({"stageId": id, "durationInDays": 2, "dependsOn": after, "recommendationsEnabled": false,
            "decisionsThatWillMoveToNextStage": ["NotReviewed", "Approve"], "reviewers": reviewers})
    };
    let stages = json!([stage("1", by(&contoso.megan), json!([])), stage("2", by(&contoso.alex), json!(["1"]))]);
    contoso.review(json!({"stageSettings": stages})).await;
    let (mut megan, list) = signed_in(&contoso.served, "Megan Bowen").await;
    assert!(list.text().contains("Answered 0 of 2"), "{list:?}");
    let items = megan.get(&list.link("See all 2")).await;
    let page = megan.get(&items.link("<bdi>Adele Vance")).await;
    // Whoever is denied does not reach the next stage, and stays with this one.
    let denied = megan.get(&items.link("<bdi>Alex Wilber")).await;
    assert_eq!(megan.submit(&denied, "", &[("decision", "Deny"), ("justification", "")]).await.status, 303);
    let (mut alex, list) = signed_in(&contoso.served, "Alex Wilber").await;
    assert!(list.text().contains("Nothing waits for your answer."), "{list:?}");
    contoso.served.pass_days(2).await;
    let late = megan.submit(&page, "", &[("decision", "Approve"), ("justification", REASON)]).await;
    assert_eq!(late.status, 404, "{late:?}");
    assert_eq!(megan.submit(&denied, "", &[("decision", "Approve"), ("justification", REASON)]).await.status, 404);
    assert!(!megan.get("/myaccess").await.html.contains("Who may enter"));
    assert!(alex.get("/myaccess").await.text().contains("About Adele Vance Recommendation"));
}

#[tokio::test]
async fn a_clock_that_runs_ends_a_review_while_somebody_looks() {
    let clock = "100000x".parse().unwrap();
    let contoso = Contoso::with(Settings { clock, ..settings() }).await;
    let body = contoso.body(json!({}));
    contoso.administrator().post(crate::contoso::DEFINITIONS, &body).await.ok(201);
    let (mut adele, _) = signed_in(&contoso.served, "Adele Vance").await;
    // Five days take less than five seconds.
    let mut page = None;
    for _ in 0..600 {
        let list = adele.get("/myaccess").await;
        if page.is_none() && list.html.contains(">Answer<") {
            page = Some(adele.get(&list.link("Answer")).await);
        } else if page.is_some() && !list.html.contains("Who may enter") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let late = adele.submit(&page.unwrap(), "", &[("decision", "Approve"), ("justification", REASON)]).await;
    assert!(late.status == 400 && late.text().contains("This review has ended."), "{late:?}");
}

#[tokio::test]
async fn pages_take_no_other_method_and_no_long_form() {
    let served = Served::start().await;
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let asked = reqwest::Client::new().request(method.parse().unwrap(), format!("{}/myaccess", served.origin));
        assert_eq!(asked.send().await.unwrap().status(), 405, "{method}");
    }
    let mut visitor = Visitor::new(&served.origin);
    let form = visitor.get("/myaccess/").await;
    assert_eq!(form.status, 200);
    let long = visitor.submit(&form, "/sign-in", &[("username", &"x".repeat(70_000)), ("password", "y")]).await;
    assert_eq!(long.status, 413, "{long:?}");
    assert_eq!(visitor.get("/myaccessories").await.status, 401);
}

#[tokio::test]
async fn a_password_that_has_to_be_changed_is_changed_at_the_first_sign_in() {
    let contoso = Contoso::start().await;
    let (name, old, new) = ("AdeleV@Contoso.com", "Gw!23456", "canary-Pw1!");
    let mut adele = Visitor::new(&contoso.served.origin);
    let form = adele.get("/myaccess").await;
    let wrong = adele.submit(&form, "/sign-in", &[("username", name), ("password", "x")]).await;
    assert!(!wrong.html.contains("New password"), "{wrong:?}");
    let mut page = adele.submit(&form, "/sign-in", &[("username", name), ("password", old)]).await;
    assert!(page.text().contains("has to be changed at the first sign-in."), "{page:?}");
    for (new, repeated, words) in [
        (new, "other-Pw1!", "repetition differ"),
        (old, old, "has to be another one"),
        ("weak", "weak", "is too weak"),
        ("", "", "has to be changed"),
    ] {
        let typed = [("username", name), ("password", old), ("new-password", new), ("repeated", repeated)];
        page = adele.submit(&page, "/sign-in", &typed).await;
        assert!(page.status == 401 && page.text().contains(words), "{words}: {page:?}");
        assert!(!page.html.contains(old) && !page.html.contains("canary"), "{page:?}");
    }
    // Nobody changes it who does not know it.
    let foreign = [("username", name), ("password", "x"), ("new-password", new), ("repeated", new)];
    assert!(adele.submit(&page, "/sign-in", &foreign).await.text().contains("The user name or the password is wrong."));
    let typed = [("username", name), ("password", old), ("new-password", new), ("repeated", new)];
    let taken = adele.submit(&page, "/sign-in", &typed).await;
    assert!(adele.follow(&taken).await.html.contains("Signed in as <bdi>Adele Vance</bdi>"));
    // From now on the new one counts, everywhere.
    let mut other = Visitor::new(&contoso.served.origin);
    let form = other.get("/myaccess").await;
    assert_eq!(other.submit(&form, "/sign-in", &[("username", name), ("password", old)]).await.status, 401);
    assert_eq!(other.submit(&form, "/sign-in", &[("username", name), ("password", new)]).await.status, 303);
}
