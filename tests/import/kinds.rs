//! What becomes of what pages have in common: ids of all services, bodies that are no JSON, words of several languages.

use std::fs;
use std::path::Path;

use crate::{features, import, literal_writes};

/// What came of a page: what was printed, the features, the report.
struct Imported {
    code: i32,
    features: String,
    report: String,
    folder: tempfile::TempDir,
}

fn imported(page: &str) -> Imported {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.md");
    fs::write(&file, page).unwrap();
    let out = folder.path().join("out");
    let (code, printed) = import(&file, &out);
    assert!(Path::new(&out).exists(), "{printed}");
    let report = fs::read_to_string(out.join("import.md")).unwrap();
    Imported { code, features: features(&out), report, folder }
}

/// Fences, a blank line between them.
fn fences(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("```http\n{text}\n```\n\n")).collect()
}

fn expect(imported: &Imported, texts: &[&str]) {
    assert_eq!(imported.code, 0, "{}", imported.report);
    assert_eq!(literal_writes(&imported.features), Vec::<String>::new());
    for text in texts {
        assert!(imported.features.contains(text), "{text}\n{}", imported.features);
    }
}

#[test]
fn an_id_is_what_an_answer_calls_one_whatever_it_looks_like() {
    let page = fences(&[
        "POST https://graph.microsoft.com/v1.0/me/messages\nContent-Type: application/json\n\n{\"subject\": \"Hi\"}",
        "HTTP/1.1 201 Created\n\n{\"id\": \"AAMkADhMGAAA=\", \"subject\": \"Hi\"}",
        "PATCH https://graph.microsoft.com/v1.0/me/messages/AAMkADhMGAAA=\nContent-Type: application/json\n\n{\"subject\": \"Ho\"}",
        "HTTP/1.1 200 OK\n\n{\"id\": \"AAMkADhMGAAA=\", \"subject\": \"Ho\"}",
        "DELETE https://graph.microsoft.com/v1.0/me/messages/AAMkOther=",
        "HTTP/1.1 204 No Content",
    ]);
    let imported = imported(&page);
    expect(&imported, &["sends PATCH \"/v1.0/me/messages/{message Hi}\""]);
    assert!(imported.report.contains("it names AAMkOther="), "{}", imported.report);
}

#[test]
fn conversations_and_their_messages_are_linked_in_any_form() {
    let page = fences(&[
        "POST https://graph.microsoft.com/v1.0/teams/5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d/channels\nContent-Type: application/json\n\n{\"displayName\": \"Owls\"}",
        "HTTP/1.1 201 Created\n\n{\"id\": \"19:33b76eea@thread.tacv2\", \"displayName\": \"Owls\"}",
        "PATCH https://graph.microsoft.com/v1.0/teams/5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d/channels/19%3A33b76eea%40thread.tacv2\nContent-Type: application/json\n\n{\"displayName\": \"Birds\"}",
        "HTTP/1.1 204 No Content",
    ]);
    let page = format!("The team `5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d` is one of your own.\n\n{page}");
    expect(&imported(&page), &["sends PATCH \"/v1.0/teams/{own team}/channels/{channel Owls}\""]);
}

#[test]
fn ids_of_parts_in_lists_are_kept_from_there() {
    let page = fences(&[
        "GET https://graph.microsoft.com/v1.0/identityGovernance/entitlementManagement/catalogs?$expand=resources",
        "HTTP/1.1 200 OK\n\n{\"value\": [{\"id\": \"4a1e21c5-8a76-4578-acb1-641160e076e8\", \"displayName\": \"Owls\", \"resources\": [{\"id\": \"452d78a7-69a5-482d-a82f-859a5169c55e\"}]}]}",
        "POST https://graph.microsoft.com/v1.0/identityGovernance/entitlementManagement/accessPackages\nContent-Type: application/json\n\n{\"displayName\": \"x\", \"description\": \"452d78a7-69a5-482d-a82f-859a5169c55e\"}",
        "HTTP/1.1 201 Created\n\n{\"id\": \"88203d16-0e31-41d4-87b2-dd402f1435e9\", \"displayName\": \"x\"}",
    ]);
    let kept = "\"$.value[?@.displayName == 'Owls'].resources[0].id\" is kept as \"resource\"";
    expect(&imported(&page), &[kept, "\"description\": \"{resource}\""]);
}

#[test]
fn an_id_is_also_kept_from_the_header_of_a_long_operation() {
    let page = fences(&[
        "POST https://graph.microsoft.com/v1.0/teams\nContent-Type: application/json\n\n{\"displayName\": \"Owls\"}",
        "HTTP/1.1 202 Accepted\nContent-Type: application/json\nContent-Location: /teams('5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d')\nOperation-Location: /teams('5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d')/operations('9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a')",
        "GET https://graph.microsoft.com/v1.0/teams/5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d/operations/9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a",
        "HTTP/1.1 200 OK\n\n{\"id\": \"9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a\", \"status\": \"succeeded\"}",
    ]);
    let kept = "the id after \"operations\" in the header \"Operation-Location\" is kept as \"operation\"";
    expect(&imported(&page), &[kept, "GET \"/v1.0/teams/{team}/operations/{operation}\""]);
}

#[test]
fn a_body_that_is_no_json_is_sent_from_a_file() {
    let page = fences(&[
        "PUT https://graph.microsoft.com/v1.0/me/drive/root:/plan.txt:/content\nContent-Type: text/plain\n\nBuild it.",
        "HTTP/1.1 201 Created\n\n{\"id\": \"01NKDM7HMOJTVYMDOSXFDK2QJDXCDI3WUK\", \"name\": \"plan.txt\"}",
        "DELETE https://graph.microsoft.com/v1.0/me/drive/items/01NKDM7HMOJTVYMDOSXFDK2QJDXCDI3WUK",
        "HTTP/1.1 204 No Content",
    ]);
    let imported = imported(&page);
    let sent = "sends PUT \"/v1.0/me/drive/root:/plan.txt:/content\" with the file \"body-of-line-2.txt\"";
    expect(&imported, &[sent, "sends DELETE \"/v1.0/me/drive/items/{"]);
    assert_eq!(fs::read_to_string(imported.folder.path().join("out/body-of-line-2.txt")).unwrap(), "Build it.");
}

#[test]
fn a_batch_that_changes_an_object_of_others_is_left_out() {
    const GROUP: &str = "9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a";
    let batch = |method: &str| {
        let part = format!("{{\"id\": \"1\", \"method\": \"{method}\", \"url\": \"/groups/{GROUP}\"}}");
        imported(&fences(&[
            "GET https://graph.microsoft.com/v1.0/groups",
            "HTTP/1.1 200 OK\n\n{\"value\": []}",
            &format!(
                "POST https://graph.microsoft.com/v1.0/$batch\nContent-Type: application/json\n\n{{\"requests\": [{part}]}}"
            ),
            "HTTP/1.1 200 OK\n\n{\"responses\": []}",
        ]))
    };
    let deletes = batch("DELETE");
    assert!(deletes.report.contains(&format!("POST is left out: it names {GROUP}")), "{}", deletes.report);
    assert!(!deletes.features.contains(&format!("\"/groups/{GROUP}\"")), "{}", deletes.features);
    let reads = batch("GET");
    assert!(reads.features.contains(&format!("\"/groups/{GROUP}\"")), "{}", reads.features);
}

/// Words in two braces are filled by Graph, not by the run.
#[test]
fn braces_of_a_text_are_sent_as_the_page_prints_them() {
    let text = "Hi {{givenName}}, {{{x} and { y }}: {{";
    let page = fences(&[
        &format!(
            "POST https://graph.microsoft.com/v1.0/me/messages\nContent-Type: application/json\n\n{{\"subject\": \"{text}\"}}"
        ),
        &format!("HTTP/1.1 201 Created\n\n{{\"id\": \"AAMkADhMGAAA=\", \"subject\": \"{text}\"}}"),
    ]);
    let imported = imported(&page);
    expect(&imported, &["\"subject\": \"Hi {{{{givenName}}, {{{{{{x} and { y }}: {{{\""]);
}

#[test]
fn a_call_that_graph_does_not_have_or_would_refuse_is_left_out_with_the_reason() {
    let page = fences(&[
        "GET https://graph.microsoft.com/v1.0/groups",
        "HTTP/1.1 200 OK\n\n{\"value\": []}",
        "PUT https://graph.microsoft.com/v1.0/me/messages\nContent-Type: application/json\n\n{}",
        "GET https://graph.microsoft.com/v1.0/groupz",
        "POST https://graph.microsoft.com/v1.0/groups\nContent-Type: application/json\n\n{\"displayName\": 5, \"mailEnabled\": false, \"mailNickname\": \"o\", \"securityEnabled\": true}",
        "HTTP/1.1 201 Created\n\n{\"id\": \"9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a\"}",
    ]);
    let imported = imported(&page);
    expect(&imported, &["sends GET \"/v1.0/groups\""]);
    for text in [
        "Graph does not have PUT for this path: it has GET, POST",
        "Graph does not have this path: \"groupz\" is not known here",
        "/displayName does not fit its type: expected null or string, got an integer",
    ] {
        assert!(imported.report.contains(text), "{text}\n{}", imported.report);
    }
}

#[test]
fn an_optional_step_is_played_if_a_later_one_needs_what_it_makes() {
    let make = "POST https://graph.microsoft.com/v1.0/groups\nContent-Type: application/json\n\n{\"displayName\": \"Owls\", \"mailEnabled\": false, \"mailNickname\": \"o\", \"securityEnabled\": true}";
    let made = "HTTP/1.1 201 Created\n\n{\"id\": \"9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a\", \"displayName\": \"Owls\"}";
    let look = "GET https://graph.microsoft.com/v1.0/groups\n";
    let delete = "DELETE https://graph.microsoft.com/v1.0/groups/9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a\n";
    let page = |heading: &str| {
        format!(
            "## [Optional] Step 1: Make\n\n{}## Step 2: Look (optional)\n\n{}## {heading}\n\n{}",
            fences(&[make, made]),
            fences(&[look]),
            fences(&[delete])
        )
    };
    let needed = imported(&page("Step 3: Clean up"));
    expect(&needed, &["@step-1\nFeature: Make", "@step-2 @optional\nFeature: Look"]);
    assert!(needed.report.contains("a later one needs {group Owls}: it is played"), "{}", needed.report);
    let left = imported(&page("[Optional] Step 3: Clean up"));
    expect(&left, &["@step-1 @optional\nFeature: Make", "@step-3 @clean-up @optional"]);
}

#[test]
fn callers_waits_and_steps_are_read_in_spanish_french_and_german() {
    let person = fences(&[
        "POST https://graph.microsoft.com/v1.0/users\nContent-Type: application/json\n\n{\"displayName\": \"Ida Berg\", \"userPrincipalName\": \"ida@fabrikam.example\", \"mailNickname\": \"ida\", \"accountEnabled\": true, \"passwordProfile\": {\"password\": \"x\"}}",
        "HTTP/1.1 201 Created\n\n{\"id\": \"9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a\", \"displayName\": \"Ida Berg\", \"userPrincipalName\": \"ida@fabrikam.example\"}",
    ]);
    let look = |path: &str| {
        fences(&[&format!("GET https://graph.microsoft.com/v1.0/{path}"), "HTTP/1.1 200 OK\n\n{\"value\": []}"])
    };
    let delete = fences(&[
        "DELETE https://graph.microsoft.com/v1.0/users/9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a",
        "HTTP/1.1 204 No Content",
    ]);
    for [step, sign_in, back, wait, clean_up] in [
        [
            "Paso",
            "Inicie sesión como **Ida Berg**.",
            "Vuelva a la sesión del administrador.",
            "Después de tres días, enumere.",
            "Limpiar recursos",
        ],
        [
            "Étape",
            "Connectez-vous en tant que **Ida Berg**.",
            "Revenez à la session de l'administrateur.",
            "Après trois jours, listez.",
            "Nettoyer les ressources",
        ],
        [
            "Schritt",
            "Melden Sie sich als **Ida Berg** an.",
            "Kehren Sie zur Sitzung des Administrators zurück.",
            "Nach drei Tagen listen Sie sie auf.",
            "Ressourcen bereinigen",
        ],
        [
            "Step",
            "Sign in as **Ida Berg**.",
            "Go back to the administrator session.",
            "After three days, list them.",
            "Clean up resources",
        ],
    ] {
        let page = format!(
            "## {step} 1: A\n\n{person}## {step} 2: B\n\n{sign_in}\n\n{}## {step} 3: C\n\n{back}\n\n{wait}\n\n{}## {step} 4: {clean_up}\n\n{delete}",
            look("me/messages"),
            look("groups")
        );
        expect(
            &imported(&page),
            &[
                "When Ida Berg sends GET \"/v1.0/me/messages\"",
                "Given 3 days have passed\n    When the administrator sends GET \"/v1.0/groups\"",
                "@step-4 @clean-up\n",
                "When the administrator sends DELETE",
            ],
        );
    }
}
