use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::*;

fn get(sign_in: &mut TenantSignIn, target: &str) -> (u16, Value) {
    json_of(&answer_at(sign_in, &request(Method::GET, target, &[]), now()))
}

#[test]
fn the_openid_configuration_names_this_servers_addresses() {
    let mut sign_in = sign_in();
    for tenant in [TENANT.to_string().as_str(), "contoso.com", "common", "organizations"] {
        let (status, body) = get(&mut sign_in, &format!("/{tenant}/v2.0/.well-known/openid-configuration"));
        assert_eq!(status, 200);
        assert_eq!(body["token_endpoint"], format!("{ORIGIN}/{tenant}/oauth2/v2.0/token"));
        let issuer = if ["common", "organizations"].contains(&tenant) { "{tenantid}" } else { &TENANT.to_string() };
        assert_eq!(body["issuer"], format!("{ORIGIN}/{issuer}/v2.0"));
        assert_eq!(get(&mut sign_in, body["jwks_uri"].as_str().expect("text").trim_start_matches(ORIGIN)).0, 200);
    }
}

#[test]
fn an_unknown_tenant_and_a_wrong_method_are_refused() {
    let mut sign_in = sign_in();
    let foreign = get(&mut sign_in, "/fabrikam.com/v2.0/.well-known/openid-configuration");
    assert_eq!(refused(foreign), (400, 90002));
    assert_eq!(refused(get(&mut sign_in, "/common/oauth2/v2.0/token")), (400, 900_561));
}

#[test]
fn instance_discovery_leads_to_this_server_alone() {
    let asked = format!(
        "/common/discovery/instance?api-version=1.1&authorization_endpoint={ORIGIN}/contoso.com/oauth2/v2.0/authorize"
    );
    let (_, body) = get(&mut sign_in(), &asked);
    assert_eq!(
        body["tenant_discovery_endpoint"],
        format!("{ORIGIN}/contoso.com/v2.0/.well-known/openid-configuration")
    );
    assert_eq!(body["metadata"][0]["aliases"], json!(["localhost:8443"]));
}

#[test]
fn tokens_are_signed_by_the_published_key() {
    let mut sign_in = sign_in();
    let token = sign_in.issue(AZURE_CLI, Holder::User(&adele(), &[]), now());
    let (_, body) = get(&mut sign_in, "/common/discovery/v2.0/keys");
    let key = &body["keys"][0];
    let coordinate = |name: &str| BASE64URL.decode(key[name].as_str().expect("text")).expect("base64url");
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let (signed, signature) = token.rsplit_once('.').expect("a JWT");
    let header: Value =
        serde_json::from_slice(&BASE64URL.decode(signed.split('.').next().expect("a header")).expect("base64url"))
            .expect("JSON");
    assert_eq!(header["kid"], key["kid"]);
    let signature = BASE64URL.decode(signature).expect("base64url");
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &signature)
        .expect("signed by it");
}

#[test]
fn requests_for_graph_are_left_to_graph() {
    let mut sign_in = sign_in();
    for path in ["/v1.0/users", "/beta/me", "/v1.0/discovery/instance", "/", "/_emulator/clock", "/oauth2/v2.0/token"] {
        assert!(sign_in.answer(&request(Method::GET, path, &[]), &Users, now(), ORIGIN).is_none(), "{path}");
    }
}

#[test]
fn a_user_name_belongs_to_a_managed_account() {
    let (_, body) = get(&mut sign_in(), "/common/UserRealm/AdeleV%40contoso.com?api-version=1.0");
    assert_eq!((&body["account_type"], &body["domain_name"]), (&json!("Managed"), &json!("contoso.com")));
}
