@step-1
Feature: Users, by the general vocabulary
  Scenario: Create one, and compare in every way
    Given the next request carries the header "Prefer" with the value "return=representation"
    When the administrator sends POST "/v1.0/users"
      """json
      {
        "accountEnabled": true,
        "displayName": "A \"quoted\" \\ name",
        "mailNickname": "kinds",
        "userPrincipalName": "kinds@contoso.com",
        "companyName": "{guid}",
        "passwordProfile": {"forceChangePasswordNextSignIn": true, "password": "{password}"}
      }
      """
    Then the status is one of 200, 201
    And "$.id" is kept as "user"
    And "$.displayName" matches "^A "
    And "$.displayName" is one of "A \"quoted\" \\ name", "B"
    And "$['displayName']" contains "quoted"
    And the header "Content-Type" contains "json"
    And the header "X-Nothing" is absent
    When the administrator sends PATCH "/v1.0/users/{user}"
      """json
      {"jobTitle": "Reader"}
      """
    Then the status is 204
    And the answer has no body

  Scenario: Lists, links and waits
    Given 1 day has passed
    When the administrator sends GET "/v1.0/users?$orderby=displayName desc&$top=1"
    Then "$.value[*]" finds 1 value
    And "$.value[*].id" finds at least 1 values
    When the administrator follows the link "@odata.nextLink"
    Then the status is 200
    When the administrator polls "/v1.0/users/{user}" until "$.jobTitle" is "Reader" within 2 minutes
    And the administrator sends GET "/v1.0/users?$select=id&$filter=jobTitle eq 'Reader'"
    Then "$.value[?@.id == '{user}'].id" finds exactly:
      | {user} |
