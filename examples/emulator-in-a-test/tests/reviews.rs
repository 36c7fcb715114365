//! The program on an emulated tenant: start one, call it with a token, let time pass, and look.

use std::sync::Arc;

use emulator_in_a_test::Graph;
use graphwalk_emulator::seed::Seed;
use graphwalk_emulator::server::Server;
use graphwalk_emulator::{Emulator, Settings};
use graphwalk_schema::Schemas;
use jiff::ToSpan as _;

const GROUP: &str = "6a0c8b3e-1111-4222-8333-944455556666";
const TENANT: &str = "
users:
  - {userPrincipalName: adele@contoso.com, displayName: Adele Vance}
  - {userPrincipalName: alex@contoso.com, displayName: Alex Wilber}
groups:
  - {id: 6a0c8b3e-1111-4222-8333-944455556666, displayName: Door, members: [adele@contoso.com, alex@contoso.com]}
";

/// An emulated tenant that is served on loopback, and the program pointed at it.
fn tenant() -> (Emulator, Graph) {
    // Both the emulator and reqwest let the program choose who encrypts.
    rustls::crypto::ring::default_provider().install_default().ok();
    let settings = Settings {
        seed: Seed::parse(TENANT).unwrap(),
        now: Some("2026-01-05T09:00:00Z".parse().unwrap()),
        ..Settings::default()
    };
    let emulator = Emulator::new(settings, Schemas::embedded()).unwrap();
    let server = Server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let origin = server.origin();
    tokio::spawn(server.run(Arc::new(emulator.clone()), std::future::pending()));
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let token = emulator.administrator_token();
    (emulator, Graph { origin, token, http })
}

#[tokio::test]
async fn whoever_does_not_answer_is_removed_when_the_day_is_over() {
    let (emulator, graph) = tenant();
    let review = graph.ask_members(GROUP).await.unwrap();
    emulator.advance_to(emulator.now() + 1.hour());
    assert_eq!(graph.status(&review).await.unwrap(), "InProgress");
    assert_eq!(graph.members(GROUP).await.unwrap().len(), 2);

    // A day passes at once.
    emulator.advance_to(emulator.now() + 48.hours());
    assert_eq!(graph.status(&review).await.unwrap(), "Applied");
    assert!(graph.members(GROUP).await.unwrap().is_empty());
}

#[tokio::test]
async fn somebody_without_the_permission_may_not_ask() {
    let (emulator, graph) = tenant();
    let adele = Graph { token: emulator.user_token("adele@contoso.com").unwrap(), ..graph };
    let refused = adele.ask_members(GROUP).await.unwrap_err().to_string();
    assert!(refused.contains("Attempted to perform an unauthorized operation."), "{refused}");
}
