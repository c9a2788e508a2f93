# ruby-jwt at its strictest settings: cases on standard input, {"ruby-jwt": [verdict or null, ...]} on standard output.
require 'json'
require 'jwt'
require 'openssl'

keys = JSON.parse(File.read(ARGV[0])).transform_values do |key|
  key['secret'] ? key['secret'].tr('-_', '+/').unpack1('m') : OpenSSL::PKey.read(key['pem'])
rescue OpenSSL::PKey::PKeyError
  nil
end
options = { iss: 'https://issuer.example', verify_iss: true, aud: 'api', verify_aud: true, verify_iat: true, verify_expiration: true,
            verify_not_before: true, leeway: 0, required_claims: %w[iss aud sub exp iat] }
verdicts = $stdin.each_line.map do |line|
  kase = JSON.parse(line)
  next nil if kase['alg'] == 'EdDSA' # needs another gem
  begin
    JWT.decode(kase['token'], keys[kase['alg']], true, options.merge(algorithm: kase['alg']))
    true
  rescue StandardError
    false
  end
end
puts JSON.generate('ruby-jwt' => verdicts)
