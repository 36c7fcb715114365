@step-1
Feature: Requests of every kind
  Scenario: Bodies, headers and times
    Given "boss" is the id of a user
    And the next request carries the header "Prefer" with the value "return=representation"
    When the administrator sends POST "/v1.0/users"
      """json
      {
        "accountEnabled": true,
        "displayName": "A \"quoted\" \\ name",
        "mailNickname": "kinds",
        "userPrincipalName": "kinds@contoso.com",
        "employeeHireDate": "{today+7}T08:00:00Z",
        "employeeLeaveDateTime": "{now+48h}",
        "companyName": "{guid}",
        "city": "2022-02-11",
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
    When the administrator sends PUT "/v1.0/users/{user}/manager/$ref"
      """json
      {"@odata.id": "https://graph.microsoft.com/v1.0/users/{boss}"}
      """
    Then the status is 204
    And the answer has no body
    When 2 days have passed
    And the administrator sends GET "/v1.0/users?$select=id,displayName&$top=1"
    Then "$.value[*]" finds 1 value
    And "$.value[*].id" finds at least 1 values
    When the administrator follows the link "@odata.nextLink"
    Then the status is 200
    When the administrator polls "/v1.0/users/{user}" until "$.displayName" is "A \"quoted\" \\ name" within 2 minutes
    Then "$..id" finds 1 value

  Scenario: What no request can do
    Given a person has done: "drunk a coffee"
    When the administrator sends PUT "/v1.0/users/{user}/photo/$value" with the file "photo.png"
    Then the status is one of 200, 204, 404, 501
