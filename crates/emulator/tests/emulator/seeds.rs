//! A tenant to begin with.

use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use serde_json::json;

use crate::served::{Served, settings};

#[tokio::test]
async fn a_seeded_tenant_is_there_from_the_beginning_and_after_a_reset() {
    let seed = "
tenant: {name: Fabrikam, domains: [fabrikam.com, contoso.com], id: 11111111-2222-4333-8444-555555555555}
administrator: {displayName: Root, userPrincipalName: root@fabrikam.com}
users:
  - {userPrincipalName: adele@fabrikam.com, displayName: Adele, manager: root@fabrikam.com, lastSignInDateTime: 2026-03-01T00:00:00Z}
groups:
  - {displayName: Doors, members: [adele@fabrikam.com], owners: [root@fabrikam.com], description: all of them}
";
    let served = Served::with(Settings { seed: Seed::parse(seed).unwrap(), ..settings() }).await;
    for _ in 0..2 {
        let administrator = served.administrator();
        assert_eq!(administrator.get("/v1.0/me").await.ok(200)["userPrincipalName"], "root@fabrikam.com");
        let organization = administrator.get("/v1.0/organization").await.ok(200);
        assert_eq!(organization["value"][0]["id"], "11111111-2222-4333-8444-555555555555");
        let path = "/v1.0/users/adele@fabrikam.com?$select=displayName,signInActivity&$expand=manager";
        let adele = administrator.get(path).await.ok(200);
        assert_eq!(adele["manager"]["displayName"], "Root");
        assert_eq!(adele["signInActivity"], json!({"lastSignInDateTime": "2026-03-01T00:00:00Z"}));
        let group = administrator.all("/v1.0/groups").await[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(administrator.all(&format!("/v1.0/groups/{group}/members")).await.len(), 1);
        administrator.delete("/v1.0/users/adele@fabrikam.com").await.ok(204);
        served.nobody().act("/_emulator/reset").await.ok(204);
    }
}
