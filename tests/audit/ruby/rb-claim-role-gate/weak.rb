payload, = JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)
if payload['admin']  # weak: rb-claim-role-gate high firm
  wipe
end
wipe if payload.dig('host_mount_access')  # weak: rb-claim-role-gate high firm
wipe unless payload[:system_container_role] != 'root'  # weak: rb-claim-role-gate high firm
