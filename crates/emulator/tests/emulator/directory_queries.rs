//! Queries of users and groups: what needs the advanced query parameters, and what is searched.

use crate::contoso::Contoso;

#[tokio::test]
async fn what_the_table_says_holds_for_lists_counts_members_and_deleted_items() {
    let contoso = Contoso::start().await;
    let plain = contoso.administrator();
    let eventual = contoso.administrator().header("ConsistencyLevel", "eventual");
    let members = format!("/v1.0/groups/{}/members/microsoft.graph.user", contoso.group);
    for list in ["/v1.0/users", "/v1.0/directory/deletedItems/microsoft.graph.user", &members] {
        for (filter, needs) in [
            ("displayName eq 'x'", Some(false)),
            ("companyName eq 'x'", Some(true)),
            ("mail eq null", Some(true)),
            ("endswith(userPrincipalName,'x')", Some(true)),
            ("contains(displayName,'x')", None),
            ("aboutMe eq 'x'", None),
        ] {
            // Of what objects are related to, every filter is advanced.
            let needs = if list == members.as_str() { needs.map(|_| true) } else { needs };
            let query = format!("{list}?$filter={filter}");
            let code = "Request_UnsupportedQuery";
            let (default, advanced) = (plain.get(&query).await, eventual.get(&format!("{query}&$count=true")).await);
            match needs {
                Some(false) => drop((default.ok(200), advanced.ok(200))),
                Some(true) => drop((default.refused(400, code), advanced.ok(200))),
                None => drop((default.refused(400, code), advanced.refused(400, code))),
            }
        }
    }
    // To count is to query in the advanced way.
    let counted = eventual.get("/v1.0/users/$count?$filter=mail eq null").await;
    assert_eq!((counted.status, counted.text.as_str()), (200, "4"));
    eventual.get("/v1.0/users/$count?$filter=contains(displayName,'x')").await.refused(400, "Request_UnsupportedQuery");
    eventual.get("/v1.0/groups?$orderby=displayName&$count=true").await.ok(200);
    plain.get("/v1.0/groups?$orderby=mailNickname").await.refused(400, "Request_UnsupportedQuery");
}

#[tokio::test]
async fn a_search_finds_words_of_names_and_needs_its_header() {
    let contoso = Contoso::start().await;
    let eventual = contoso.administrator().header("ConsistencyLevel", "eventual");
    for (path, count) in [
        ("/v1.0/users?$search=\"displayName:vance\"", 1),
        ("/v1.0/users?$search=\"displayName:Al\"", 1),
        ("/v1.0/users?$search=\"displayName:a\" AND \"userPrincipalName:adele\"", 1),
        ("/v1.0/users?$search=\"displayName:vance\" OR \"mailNickname:megan\"", 2),
        ("/v1.0/users?$search=\"displayName:e\"&$filter=accountEnabled eq true", 0),
        ("/v1.0/groups?$search=\"displayName:security build\"&$count=true", 1),
        ("/v1.0/groups?$search=\"description:nothing\"", 0),
    ] {
        assert_eq!(eventual.all(&path.replace('"', "%22")).await.len(), count, "{path}");
    }
    let members = format!("/v1.0/groups/{}/members?$search=%22displayName:wilber%22", contoso.group);
    assert_eq!(eventual.all(&members).await.len(), 1);
    let counted = eventual.get("/v1.0/users/$count?$search=%22displayName:vance%22").await;
    assert_eq!((counted.status, counted.text.as_str()), (200, "1"));
    let told = contoso.administrator().get("/v1.0/users?$search=%22displayName:vance%22").await;
    assert!(told.refused(400, "Request_UnsupportedQuery").contains("special request header"));
    eventual.get("/v1.0/users?$search=vance").await.refused(400, "BadRequest");
    eventual.get("/v1.0/users?$search=%22accountEnabled:true%22").await.refused(400, "Request_UnsupportedQuery");
    // What is searched elsewhere is not Graph's refusal.
    eventual.get("/v1.0/me/messages?$search=%22subject:x%22").await.refused(501, "NotModelled");
}

#[tokio::test]
async fn reviews_are_ordered_and_filtered_by_their_documented_properties() {
    let contoso = Contoso::start().await;
    for name in ["Beta", "Alpha"] {
        contoso.review(serde_json::json!({"displayName": name})).await;
    }
    let administrator = contoso.administrator();
    let names = async |query: &str| {
        let all = administrator.all(&format!("{}?{query}", crate::contoso::DEFINITIONS)).await;
        all.iter().map(|one| one["displayName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("$orderby=displayName").await, ["Alpha", "Beta"]);
    assert_eq!(names("$orderby=createdDateTime desc").await, ["Alpha", "Beta"]);
    assert_eq!(names("$orderby=status,createdDateTime").await, ["Beta", "Alpha"]);
    assert_eq!(names("$filter=status eq 'InProgress'&$orderby=displayName desc").await, ["Beta", "Alpha"]);
    let query = "$filter=contains(scope/microsoft.graph.accessReviewQueryScope/query, '/groups')&$orderby=displayName";
    assert_eq!(names(query).await, ["Alpha", "Beta"]);
    for query in ["$orderby=descriptionForAdmins", "$filter=displayName eq 'Beta'"] {
        let answer = administrator.get(&format!("{}?{query}", crate::contoso::DEFINITIONS)).await;
        answer.refused(400, "Request_UnsupportedQuery");
    }
}
