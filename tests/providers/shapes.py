"""What each provider signs, as it signs it: the header, the claims and the key set beside the recipe in
docs/identity-providers.md of the same name. `wrong` holds what only this provider has: other kinds of token, other
tenants, projects and repositories; each with what changes in the good claims (None: the claim goes) and the refusal's
name. `others` are further good tokens. What is wrong with every provider's tokens alike is in 29-providers."""

TENANT, OTHER_TENANT = "11111111-2222-3333-4444-555555555555", "77777777-2222-3333-4444-555555555555"
API, CLIENT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "99999999-8888-7777-6666-555555555555"
X5 = {"x5c": ["MIIC8DCCAdigAwIBAgIQ"], "x5t": "nY8sSuXqXqXqXqXqXqXqXqXqXqU"}

KEYCLOAK = {
    "good": {"iss": "https://sso.example.com/realms/my-realm", "aud": ["my-api", "account"], "sub": "f1c2-user", "typ": "Bearer", "azp": "my-web",
             "jti": "onrtac:1b0a", "sid": "0e6e", "acr": "1", "allowed-origins": ["https://app.example.com"],
             "realm_access": {"roles": ["default-roles-my-realm", "operator", "offline_access"]},
             "resource_access": {"my-api": {"roles": ["a"]}, "account": {"roles": ["view-profile"]}}, "scope": "openid profile email",
             "email_verified": True, "preferred_username": "ann"},
    "header": {"typ": "JWT"}, "set": {**X5, "x5t#S256": "AAAA"}, "scopes": ["operator"],
    "others": [{"azp": "my-app", "aud": "my-api"}],
    "wrong": [("an ID token", {"typ": "ID", "aud": "my-api", "nonce": "n"}, "claim-mismatch"),
              ("a refresh token", {"typ": "Refresh"}, "claim-mismatch"), ("an offline token", {"typ": "Offline"}, "claim-mismatch"),
              ("a logout token", {"typ": "Logout", "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}, "claim-mismatch"),
              ("without its kind", {"typ": None}, "claim-mismatch"),
              ("another client's", {"azp": "admin-cli"}, "claim-mismatch"), ("for account alone", {"aud": "account"}, "aud-mismatch"),
              ("of another realm", {"iss": "https://sso.example.com/realms/other"}, "iss-unknown")]}

AUTH0 = {
    "good": {"iss": "https://my-tenant.eu.auth0.com/", "sub": "auth0|5f7c", "aud": ["https://api.example.com", "https://my-tenant.eu.auth0.com/userinfo"],
             "azp": "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345", "scope": "openid profile read:data", "permissions": ["read:data", "admin:all"],
             "https://example.com/roles": ["a"]},
    "header": {"typ": "JWT"}, "set": X5, "scopes": ["read:data"],
    "others": [{"aud": "https://api.example.com", "gty": "client-credentials", "sub": "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345@clients"}],
    "wrong": [("an ID token", {"aud": "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345", "azp": None, "nonce": "n"}, "aud-mismatch"),
              ("for userinfo alone", {"aud": "https://my-tenant.eu.auth0.com/userinfo"}, "aud-mismatch"),
              ("another application's", {"azp": "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}, "claim-mismatch"),
              ("of another tenant", {"iss": "https://evil.eu.auth0.com/"}, "iss-unknown"),
              ("of the tenant in another region", {"iss": "https://my-tenant.us.auth0.com/"}, "iss-unknown"),
              ("for another API", {"aud": ["https://other.example.com"]}, "aud-mismatch")]}

ENTRA_V2 = {
    "good": {"aud": API, "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "aio": "AVQAq/8T", "azp": CLIENT, "azpacr": "1", "name": "Ann",
             "oid": "0f0f", "preferred_username": "ann@example.com", "rh": "0.AX", "scp": "Files.Read User.Read", "sub": "pairwise", "tid": TENANT,
             "uti": "u", "ver": "2.0"},
    "header": {"typ": "JWT"}, "set": {**X5, "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0"}, "no_alg": True, "nbf": True,
    "scopes": ["Files.Read"],
    "wrong": [("an ID token of the same application", {"azp": None, "azpacr": None, "scp": None, "nonce": "n"}, "claim-missing"),
              ("an ID token with another's azp", {"azp": None}, "claim-mismatch"),
              ("of an application alone", {"scp": None, "roles": ["Files.Read.All"], "idtyp": "app"}, "claim-missing"),
              ("of another tenant", {"iss": f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0", "tid": OTHER_TENANT}, "iss-unknown"),
              ("another tenant's tid", {"tid": OTHER_TENANT}, "claim-mismatch"), ("another client's", {"azp": OTHER_TENANT}, "claim-mismatch"),
              ("of version 1", {"iss": f"https://sts.windows.net/{TENANT}/", "ver": "1.0"}, "iss-unknown"),
              ("for Graph", {"aud": "00000003-0000-0000-c000-000000000000"}, "aud-mismatch")]}

ENTRA_V1 = {
    "good": {"aud": f"api://{API}", "iss": f"https://sts.windows.net/{TENANT}/", "acr": "1", "aio": "A", "amr": ["pwd", "mfa"], "appid": CLIENT,
             "appidacr": "0", "ipaddr": "192.0.2.1", "name": "Ann", "oid": "0f0f", "scp": "Files.Write", "sub": "pairwise", "tid": TENANT,
             "unique_name": "ann@example.com", "upn": "ann@example.com", "uti": "u", "ver": "1.0"},
    "header": {"typ": "JWT", "x5t": X5["x5t"]}, "set": X5, "no_alg": True, "nbf": True, "scopes": ["Files.Write"],
    "wrong": [("an ID token", {"aud": CLIENT, "appid": None, "scp": None, "nonce": "n"}, "aud-mismatch"),
              ("without scp", {"scp": None}, "claim-missing"),
              ("of another tenant", {"iss": f"https://sts.windows.net/{OTHER_TENANT}/"}, "iss-unknown"),
              ("another tenant's tid", {"tid": OTHER_TENANT}, "claim-mismatch"), ("another client's", {"appid": OTHER_TENANT}, "claim-mismatch"),
              ("of version 2", {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "ver": "2.0"}, "iss-unknown"),
              ("a version that is a number", {"ver": 1.0}, "claim-mismatch")]}

POOL = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_"
COGNITO = {
    "good": {"sub": "aaaa", "cognito:groups": ["readers"], "iss": POOL + "AbCdEfGhI", "version": 2, "client_id": "1h57kf5cpq17m0eml12EXAMPLE",
             "origin_jti": "o", "event_id": "e", "token_use": "access", "scope": "aws.cognito.signin.user.admin", "jti": "j", "username": "ann"},
    "header": {}, "kid": "abcdefghijklmnopqrsexample+/=", "scopes": ["readers"], "audience": "client_id",
    "others": [{"aud": ["1h57kf5cpq17m0eml12EXAMPLE"]}],
    "wrong": [("an ID token", {"client_id": None, "aud": "1h57kf5cpq17m0eml12EXAMPLE", "token_use": "id", "cognito:username": "ann"}, "aud-missing"),
              ("an ID token with a client_id", {"token_use": "id"}, "claim-mismatch"), ("without its use", {"token_use": None}, "claim-mismatch"),
              ("another application's", {"client_id": "other"}, "aud-mismatch"),
              ("for another resource", {"aud": "https://other.example.com"}, "aud-mismatch"),
              ("of another pool", {"iss": POOL + "XxXxXxXxX"}, "iss-unknown"),
              ("of another region", {"iss": POOL.replace("eu-central-1.", "us-east-1.") + "AbCdEfGhI"}, "iss-unknown")]}

OKTA = {
    "good": {"ver": 1, "jti": "AT.abc", "iss": "https://my-org.okta.com/oauth2/default", "aud": "api://default", "cid": "0oaabcd1234EFGH5678",
             "uid": "00u", "scp": ["openid", "read:data"], "sub": "ann@example.com"},
    "header": {}, "scopes": ["read:data"],
    "wrong": [("an ID token", {"aud": "0oaabcd1234EFGH5678", "cid": None, "scp": None, "jti": "ID.abc", "amr": ["pwd"], "idp": "00o"}, "aud-mismatch"),
              ("another application's", {"cid": "0oaother"}, "claim-mismatch"), ("without a client", {"cid": None}, "claim-mismatch"),
              ("of the org's own server", {"iss": "https://my-org.okta.com", "aud": "https://my-org.okta.com"}, "iss-unknown"),
              ("of another server", {"iss": "https://my-org.okta.com/oauth2/aus1"}, "iss-unknown"),
              ("of another org", {"iss": "https://evil.okta.com/oauth2/default"}, "iss-unknown"), ("without jti", {"jti": None}, "claim-missing")]}

GOOGLE = {
    "good": {"iss": "https://accounts.google.com", "azp": "1234567890-abcdefg.apps.googleusercontent.com",
             "aud": "1234567890-abcdefg.apps.googleusercontent.com", "sub": "110169484474386276334", "hd": "example.com", "email": "ann@example.com",
             "email_verified": True, "at_hash": "HK6E", "nonce": "n", "name": "Ann"},
    "header": {"typ": "JWT"}, "scopes": [], "others": [{"iss": "accounts.google.com"}],
    "wrong": [("of another domain", {"hd": "evil.example"}, "claim-mismatch"), ("of no domain", {"hd": None}, "claim-mismatch"),
              ("with an address that nobody verified", {"email_verified": False}, "claim-mismatch"),
              ("with the word true", {"email_verified": "true"}, "claim-mismatch"),
              ("another application's", {"aud": "1-x.apps.googleusercontent.com"}, "aud-mismatch"),
              ("by http", {"iss": "http://accounts.google.com"}, "iss-unknown"),
              ("of Firebase", {"iss": "https://securetoken.google.com/my-project"}, "iss-unknown"),
              ("two domains", {"hd": ["example.com", "evil.example"]}, "claim-mismatch")]}

FIREBASE = {
    "good": {"iss": "https://securetoken.google.com/my-project", "aud": "my-project", "user_id": "u1", "sub": "u1", "email": "ann@example.com",
             "email_verified": False, "role": "reader",
             "firebase": {"identities": {"email": ["ann@example.com"]}, "sign_in_provider": "password"}},
    "header": {"typ": "JWT"}, "scopes": ["reader"],
    "others": [{"firebase": {"identities": {"google.com": ["1"]}, "sign_in_provider": "google.com"}}],
    "wrong": [("an anonymous user's", {"firebase": {"identities": {}, "sign_in_provider": "anonymous"}}, "claim-mismatch"),
              ("a custom token's user", {"firebase": {"identities": {}, "sign_in_provider": "custom"}}, "claim-mismatch"),
              ("without the object", {"firebase": None}, "claim-mismatch"),
              ("with text in its place", {"firebase": "password"}, "claim-mismatch"),
              ("with the dotted name beside", {"firebase": {}, "firebase.sign_in_provider": "password"}, "claim-mismatch"),
              ("of another project", {"iss": "https://securetoken.google.com/evil", "aud": "evil"}, "iss-unknown"),
              ("for another project", {"aud": "evil"}, "aud-mismatch"),
              ("a session cookie", {"iss": "https://session.firebase.google.com/my-project"}, "iss-unknown"),
              ("a custom token", {"iss": "sa@my-project.iam.gserviceaccount.com", "aud": "https://identitytoolkit.googleapis.com/x"}, "iss-unknown")]}

GITHUB = {
    "good": {"jti": "8f1a", "sub": "repo:my-org/my-app:ref:refs/heads/main", "aud": "https://deploy.example.com", "ref": "refs/heads/main", "sha": "d3b",
             "repository": "my-org/my-app", "repository_owner": "my-org", "repository_owner_id": "4711", "run_id": "1", "run_number": "2",
             "run_attempt": "1", "repository_visibility": "private", "repository_id": "815", "actor_id": "12", "actor": "ann", "workflow": "deploy",
             "head_ref": "", "base_ref": "", "event_name": "push", "ref_protected": "true", "ref_type": "branch",
             "workflow_ref": "my-org/my-app/.github/workflows/deploy.yml@refs/heads/main",
             "job_workflow_ref": "my-org/my-app/.github/workflows/deploy.yml@refs/heads/main", "runner_environment": "github-hosted",
             "iss": "https://token.actions.githubusercontent.com"},
    "header": {"typ": "JWT", "x5t": "ykNaY4qM_ta4k2TgZOCEYLkcYlA"}, "set": X5, "nbf": True, "scopes": [], "others": [{"event_name": "workflow_dispatch"}],
    "wrong": [("of another repository", {"repository": "evil/my-app", "sub": "repo:evil/my-app:ref:refs/heads/main"}, "claim-mismatch"),
              ("of a repository that begins alike", {"repository": "my-org/my-app-evil"}, "claim-mismatch"),
              ("in other letters", {"repository": "My-Org/My-App"}, "claim-mismatch"),
              ("of a name that was taken over", {"repository_owner_id": "666"}, "claim-mismatch"),
              ("an owner's number as number", {"repository_owner_id": 4711}, "claim-mismatch"),
              ("of another branch", {"ref": "refs/heads/main2", "sub": "repo:my-org/my-app:ref:refs/heads/main2"}, "claim-mismatch"),
              ("of a pull request", {"ref": "refs/pull/1/merge", "event_name": "pull_request"}, "claim-mismatch"),
              ("of a pull request's target", {"event_name": "pull_request_target"}, "claim-mismatch"),
              ("of an enterprise", {"iss": "https://token.actions.githubusercontent.com/evil"}, "iss-unknown")]}

CLUSTER = {"namespace": "prod", "node": {"name": "n1", "uid": "u-n"}, "pod": {"name": "worker-0", "uid": "u-p"},
           "serviceaccount": {"name": "worker", "uid": "u-s"}, "warnafter": 1800003607}
KUBERNETES = {
    "good": {"aud": ["my-api"], "iss": "https://kubernetes.default.svc.cluster.local", "jti": "3c", "kubernetes.io": CLUSTER,
             "sub": "system:serviceaccount:prod:worker"},
    "header": {}, "nbf": True, "scopes": [],
    "wrong": [("of another namespace", {"sub": "system:serviceaccount:dev:worker", "kubernetes.io": {**CLUSTER, "namespace": "dev"}}, "claim-mismatch"),
              ("of another account", {"sub": "system:serviceaccount:prod:worker2"}, "claim-mismatch"),
              ("another account inside", {"kubernetes.io": {**CLUSTER, "serviceaccount": {"name": "root"}}}, "claim-mismatch"),
              ("without the cluster's claim", {"kubernetes.io": None}, "claim-mismatch"),
              ("for the cluster itself", {"aud": ["https://kubernetes.default.svc.cluster.local"]}, "aud-mismatch"),
              ("an old one of a secret", {"iss": "kubernetes/serviceaccount", "aud": None}, "iss-unknown"),
              ("of another cluster", {"iss": "https://oidc.eks.eu-central-1.amazonaws.com/id/AAAA"}, "iss-unknown"),
              ("good for a year", {"exp": 1800000000 + 365 * 86400}, "lifetime-too-long")]}

GITLAB = {
    "good": {"namespace_id": "72", "namespace_path": "my-group", "project_id": "4711", "project_path": "my-group/my-app", "user_id": "1",
             "user_login": "ann", "user_access_level": "developer", "pipeline_id": "574", "pipeline_source": "push", "job_id": "302", "ref": "main",
             "ref_type": "branch", "ref_path": "refs/heads/main", "ref_protected": "true", "runner_environment": "gitlab-hosted", "sha": "d3b",
             "project_visibility": "private", "jti": "235b", "iss": "https://gitlab.com", "sub": "project_path:my-group/my-app:ref_type:branch:ref:main",
             "aud": "https://deploy.example.com"},
    "header": {"typ": "JWT"}, "nbf": True, "scopes": [],
    "wrong": [("of another project", {"project_path": "evil/my-app", "project_id": "1"}, "claim-mismatch"),
              ("of a path that was taken over", {"project_id": "1"}, "claim-mismatch"), ("of another branch", {"ref": "x"}, "claim-mismatch"),
              ("of a tag of that name", {"ref_type": "tag"}, "claim-mismatch"), ("of a branch without protection", {"ref_protected": "false"}, "claim-mismatch"),
              ("protected by a boolean", {"ref_protected": True}, "claim-mismatch"),
              ("of another GitLab", {"iss": "https://gitlab.evil.example"}, "iss-unknown")]}

SUPABASE = {
    "good": {"iss": "https://abcdefghijklmnop.supabase.co/auth/v1", "sub": "b2d1", "aud": "authenticated", "email": "ann@example.com", "phone": "",
             "app_metadata": {"provider": "email", "providers": ["email"], "roles": ["reader"]}, "user_metadata": {"roles": ["operator"]},
             "role": "authenticated", "aal": "aal1", "amr": [{"method": "password", "timestamp": 1}], "session_id": "s1", "is_anonymous": False},
    "alg": "ES256", "header": {"typ": "JWT"}, "scopes": ["reader"],
    "wrong": [("the anon key", {"iss": "supabase", "ref": "abcdefghijklmnop", "role": "anon", "aud": None, "sub": None}, "iss-unknown"),
              ("the anon role", {"role": "anon"}, "claim-mismatch"), ("the service's role", {"role": "service_role"}, "claim-mismatch"),
              ("an anonymous user's", {"is_anonymous": True}, "claim-mismatch"), ("that does not say", {"is_anonymous": None}, "claim-mismatch"),
              ("of another project", {"iss": "https://ponmlkjihgfedcba.supabase.co/auth/v1"}, "iss-unknown"),
              ("without a session", {"session_id": None}, "claim-missing")]}

DEVISE = {
    "good": {"sub": "42", "scp": "user", "aud": None, "iss": "my-rails-app", "jti": "6ce2"},
    "alg": "HS256", "header": {}, "no_kid": True, "scopes": [], "audience": "scp", "null": ["aud"],
    "wrong": [("of another Warden scope", {"scp": "admin"}, "aud-mismatch"), ("of none", {"scp": None}, "aud-missing"),
              ("with another audience", {"aud": "other"}, "aud-mismatch"), ("without an issuer", {"iss": None}, "iss-missing"),
              ("of another application", {"iss": "other"}, "iss-unknown"), ("without jti", {"jti": None}, "claim-missing"),
              ("good for a month", {"exp": 1800000000 + 30 * 86400}, "lifetime-too-long")]}

SHAPES = {"Keycloak": KEYCLOAK, "Auth0": AUTH0, "Entra ID, v2 tokens": ENTRA_V2, "Entra ID, v1 tokens": ENTRA_V1, "Amazon Cognito": COGNITO, "Okta": OKTA,
          "Google": GOOGLE, "Firebase": FIREBASE, "GitHub Actions": GITHUB, "Kubernetes service accounts": KUBERNETES, "GitLab CI": GITLAB,
          "Supabase": SUPABASE, "Rails: devise-jwt": DEVISE}
