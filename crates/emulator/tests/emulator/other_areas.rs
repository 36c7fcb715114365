//! What the emulator answers for calls that it does not model: 501 for those that Graph has, 405 for a method that a path
//! does not take, 400 for a segment that Graph does not have there. All by the catalog.

use crate::contoso::Contoso;

#[tokio::test]
async fn a_call_that_is_not_modelled_is_reported_as_such() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for (method, path, named) in [
        ("POST", "/v1.0/security/runHuntingQuery", "security/runHuntingQuery"),
        ("GET", "/v1.0/drives/1/root:/a/b.txt:/content", "drives/{id}/root:/{id}/{id}/content"),
        ("PUT", "/v1.0/drives/1/items/2/content", "drives/{id}/items/{id}/content"),
        (
            "GET",
            "/v1.0/reports/getOffice365ActiveUserDetail(period='D7')",
            "reports/getOffice365ActiveUserDetail(period)",
        ),
        // Relations that follow from others.
        ("GET", "/v1.0/me/ownedDevices", "me/ownedDevices"),
        ("GET", "/v1.0/me/registeredDevices/$count", "me/registeredDevices/$count"),
        ("GET", "/v1.0/me/createdObjects", "me/createdObjects"),
        // Calls of paths that the emulator has, actions, and functions.
        ("POST", "/v1.0/users/1/sendMail", "users/{id}/sendMail"),
        ("POST", "/v1.0/users/validatePassword", "users/validatePassword"),
        ("GET", "/v1.0/users/1/manager/$ref", "users/{id}/manager/$ref"),
        ("GET", "/v1.0/me/displayName", "me/displayName"),
        ("GET", "/v1.0/applications/delta()", "applications/delta()"),
        ("GET", "/v1.0/groups/1/photo/$value", "groups/{id}/photo/$value"),
    ] {
        let message = administrator.send(method, path, None).await.refused(501, "NotModelled");
        assert_eq!(message, format!("graphwalk's emulator does not model {named}."), "{method} {path}");
    }
}

#[tokio::test]
async fn a_method_is_judged_by_the_catalog_on_every_path() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for (method, path) in [
        ("DELETE", "/v1.0/applications"),
        ("GET", "/v1.0/security/runHuntingQuery"),
        ("DELETE", "/v1.0/identity/conditionalAccess/policies"),
        ("POST", "/v1.0/reports/getOffice365ActiveUserDetail(period='D7')"),
        ("POST", "/v1.0/drives/1/items/2/content"),
        ("GET", "/v1.0/users/1/sendMail"),
        ("BREW", "/v1.0/applications"),
        ("DELETE", "/v1.0/users"),
        ("POST", "/v1.0/groups/1/members"),
        ("PUT", "/v1.0/groups/1"),
    ] {
        let message = administrator.send(method, path, None).await.refused(405, "Request_BadRequest");
        assert_eq!(message, format!("The HTTP method '{method}' is not allowed for the request target."), "{path}");
    }
}

#[tokio::test]
async fn the_first_segment_that_graph_does_not_have_is_named() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for (method, path, unknown) in [
        ("GET", "/v1.0/frobnicators/1", "frobnicators"),
        ("GET", "/v1.0/security/frobs/1/more", "frobs"),
        ("GET", "/v1.0/users/1/frobs", "frobs"),
        ("POST", "/v1.0/users/1/frob", "frob"),
        ("DELETE", "/v1.0/me/frobs", "frobs"),
        ("GET", "/v1.0/groups/1/members/2/frobs", "frobs"),
        ("PATCH", "/v1.0/applications/1/owners/2/frobs", "frobs"),
        ("GET", "/v1.0/reports/getOffice365ActiveUserDetail(days='D7')", "getOffice365ActiveUserDetail"),
        ("GET", "/v1.0/identityGovernance/accessReviews/frobs", "frobs"),
        ("BREW", "/v1.0/frobnicators", "frobnicators"),
    ] {
        let message = administrator.send(method, path, None).await.refused(400, "BadRequest");
        assert_eq!(message, format!("Resource not found for the segment '{unknown}'."), "{method} {path}");
    }
}
