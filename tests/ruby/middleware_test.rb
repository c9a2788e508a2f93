# frozen_string_literal: true

require_relative 'helper'
require 'rack'
require 'rack/lint'
require 'rack/mock'
require 'stringio'

class MiddlewareTest < BattenTest
  ROUTES = [{ path: '/health', public: true },
            { path: '/api/**', methods: %w[GET HEAD], scopes: %w[read:data] },
            { path: '/api/**', methods: %w[POST DELETE], scopes: %w[write:data] }].freeze

  def setup
    super
    @seen = nil
    @log = StringIO.new
    Batten.logger = Logger.new(@log)
  end

  def teardown
    Batten.logger = Logger.new(File::NULL)
    super
  end

  def middleware(issuer = {}, **more)
    app = ->(env) { (@seen = env) && [200, { 'content-type' => 'text/plain' }, ['ok']] }
    Batten::Middleware.new(app, policy: policy(issuer, routes: ROUTES, **more))
  end

  # As Puma makes it: REQUEST_URI and PATH_INFO as they came.
  def env_of(target, bearer = nil, **more)
    path, _, query = target.partition('?')
    env = Rack::MockRequest.env_for('/', method: more.delete(:method) || 'GET', input: more.delete(:input) || '')
    env.merge!('REQUEST_URI' => target, 'PATH_INFO' => path, 'QUERY_STRING' => query, 'HTTP_HOST' => 'api.example')
    env['HTTP_AUTHORIZATION'] = "Bearer #{bearer}" if bearer
    env.merge(more.transform_keys(&:to_s))
  end

  def status(layer, ...) = layer.call(env_of(...)).first

  def test_an_allowed_request_brings_claims_and_scopes
    answer = Rack::Lint.new(middleware).call(env_of('/api/files?x=1', token))
    answer.last.close
    assert_equal 200, answer.first
    assert_equal 'user-7', @seen['batten.claims']['sub']
    assert_equal %w[read:data], @seen['batten.scopes']
  end

  def test_refusals_have_the_statuses_of_the_policy_and_say_no_reason
    layer = middleware
    answers = [token(aud: 'x'), token(exp: 1, iat: 0), 'rubbish'].map { |bad| layer.call(env_of('/api/files', bad)) }
    assert_equal [[401, { 'cache-control' => 'no-store', 'content-length' => '0', 'www-authenticate' => 'Bearer error="invalid_token"' }, []]], answers.uniq
    # RFC 6750 section 3.1: who brings no token is told of no error
    assert_equal [401, 'Bearer'], layer.call(env_of('/api/files')).then { |status, headers,| [status, headers['www-authenticate']] }
    status, headers, = layer.call(env_of('/api/files', token, method: 'POST'))
    assert_equal 403, status
    assert_equal 'Bearer error="insufficient_scope", scope="write:data"', headers['www-authenticate']
    assert_equal 403, status(layer, '/nowhere', token)
    assert_equal 200, status(layer, '/health')
    assert_nil @seen['batten.claims']
    assert_equal({ 'aud-mismatch' => 1, 'expired' => 1, 'token-not-compact' => 1, 'token-missing' => 1, 'insufficient-scope' => 1,
                   'route-unknown' => 1, 'none' => 1 }, layer.counts)
    refute_includes @log.string, token.split('.').last
  end

  def test_the_mode_observe_lets_through_and_counts
    layer = middleware(mode: 'observe')
    assert_match(/observe/, @log.string)
    assert_equal 200, status(layer, '/api/files', 'rubbish')
    assert_nil @seen['batten.claims']
    assert_equal 200, status(layer, '/api/../x', token)
    assert_equal({ 'token-not-compact' => 1, 'path-ambiguous' => 1 }, layer.counts)
    assert_match(/"would-refuse".*token-not-compact/, @log.string)
  end

  def test_nested_claims_are_demanded_granted_and_handed_on_as_by_the_guard
    layer = middleware({ claims: { token_use: 'access', '/realm_access/roles': { contains: 'operator' } }, token: [{ header: 'Authorization' }, { cookie: 's' }] },
                       forward: { 'X-Roles': 'realm_access.roles', 'X-First': '/realm_access/roles/0' }, preflight: true,
                       resource_metadata: 'https://api.example/.well-known/oauth-protected-resource',
                       routes: [{ path: '/feed', optional: true }, { path: '/**' }])
    good = token(token_use: 'access', realm_access: { roles: %w[operator reader] })
    assert_equal 200, status(layer, '/api/a', good)
    assert_equal [%w[operator reader], 'operator'], [JSON.parse(@seen['HTTP_X_ROLES']), @seen['HTTP_X_FIRST']]
    assert_equal 200, status(layer, '/api/a', nil, HTTP_COOKIE: "s=#{good}")
    assert_equal 401, status(layer, '/api/a', token(token_use: 'id', realm_access: { roles: %w[operator] }))
    assert_equal [200, 200, 401], [nil, good, 'x'].map { |one| status(layer, '/feed', one) }
    asks = { HTTP_ORIGIN: 'https://app.example', HTTP_ACCESS_CONTROL_REQUEST_METHOD: 'POST' }
    assert_equal [200, 401], %w[OPTIONS POST].map { |verb| status(layer, '/api/a', nil, method: verb, **asks) }
    assert_equal 'Bearer resource_metadata="https://api.example/.well-known/oauth-protected-resource"', layer.call(env_of('/api/a'))[1]['www-authenticate']
    assert_equal 1, layer.counts['claim-mismatch']
  end

  def test_a_client_cannot_set_what_the_application_trusts
    layer = middleware(forward: { 'X-User-Email': 'email' })
    layer.call(env_of('/api/a', token(email: 'a@b.example'), HTTP_X_USER_EMAIL: 'evil', HTTP_X_BATTEN_SUBJECT: 'evil'))
    assert_equal 'a@b.example', @seen['HTTP_X_USER_EMAIL']
    assert_nil @seen['HTTP_X_BATTEN_SUBJECT']
    layer.call(env_of('/api/a', token, HTTP_X_USER_EMAIL: 'evil'))
    assert_nil @seen['HTTP_X_USER_EMAIL']
  end

  def test_two_tokens_are_refused_however_they_arrive
    layer = middleware
    assert_equal 401, status(layer, '/api/a', "#{token}, Bearer #{token}")
    cookie = middleware({ token: { cookie: 'session' } })
    assert_equal 200, status(cookie, '/api/a', HTTP_COOKIE: "a=b; session=#{token}")
    assert_equal 401, status(cookie, '/api/a', HTTP_COOKIE: "session=#{token}; session=#{token}")
    named = middleware({ token: { header: 'X-Api-Token' } })
    assert_equal 200, status(named, '/api/a', HTTP_X_API_TOKEN: token)
    assert_equal 401, status(named, '/api/a', token)
    query = middleware({ token: { query: 'access_token' } })
    assert_equal 200, status(query, "/api/a?access_token=#{token}")
    assert_equal 401, status(query, "/api/a?access_token=#{token}&access_token=x")
  end

  def test_another_method_than_the_one_decided_on_is_refused
    layer = middleware
    write = token(scopes: %w[read:data write:data])
    form = { 'CONTENT_TYPE' => 'application/x-www-form-urlencoded', 'CONTENT_LENGTH' => '14' }
    assert_equal 200, status(layer, '/api/a', write, method: 'POST', input: 'a=b', CONTENT_TYPE: form['CONTENT_TYPE'])
    assert_equal 403, status(layer, '/api/a', write, method: 'POST', input: '_method=DELETE', **form.transform_keys(&:to_sym))
    multipart = "--x\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\nDELETE\r\n--x--\r\n"
    assert_equal 403, status(layer, '/api/a', write, method: 'POST', input: multipart, CONTENT_TYPE: 'multipart/form-data; boundary=x', CONTENT_LENGTH: multipart.bytesize.to_s)
    %w[multipart/mixed multipart/related Multipart/Form-Data].each do |type|
      assert_equal 403, status(layer, '/api/a', write, method: 'POST', input: multipart, CONTENT_TYPE: "#{type}; boundary=x", CONTENT_LENGTH: multipart.bytesize.to_s), type
    end
    assert_equal 403, status(layer, '/api/a?_method=delete', write, method: 'POST')
    assert_equal 403, status(layer, '/api/a?%5fmethod=delete', write, method: 'POST')
    assert_equal 403, status(layer, '/api/a', write, method: 'POST', HTTP_X_HTTP_METHOD_OVERRIDE: 'DELETE')
    assert_equal 200, status(layer, '/api/a?_method=DELETE', token)
    assert_equal 8, layer.counts['method-overridden']
  end

  def test_the_form_can_still_be_read_by_the_application
    layer = middleware
    input = 'name=value'
    layer.call(env_of('/api/a', token(scopes: %w[write:data]), method: 'POST', input: input, CONTENT_TYPE: 'application/x-www-form-urlencoded', CONTENT_LENGTH: '10'))
    assert_equal({ 'name' => 'value' }, Rack::Request.new(@seen).POST)
  end

  def test_a_request_that_cannot_be_read_is_refused
    layer = middleware
    write = token(scopes: %w[write:data])
    assert_equal 403, status(layer, '/api/a', write, method: 'POST', input: 'a=1&a[b]=2', CONTENT_TYPE: 'application/x-www-form-urlencoded', CONTENT_LENGTH: '10')
    assert_equal 403, status(layer, '/api/a', write, method: 'POST', input: '--x', CONTENT_TYPE: 'multipart/form-data; boundary=x', CONTENT_LENGTH: '3')
    assert_equal 403, status(layer, '/api/a', token, HTTP_AUTHORIZATION: 7)
    assert_nil @seen
  end

  def test_what_is_routed_is_what_was_received
    layer = middleware
    assert_equal 403, status(layer, '/health', PATH_INFO: '/api/files')
    assert_equal 403, status(layer, '/api/files', token, PATH_INFO: '/admin')
    assert_equal 403, status(layer, '/api/files?a=1', token, QUERY_STRING: 'a=2')
    assert_equal 200, status(layer, '/api/files', token, SCRIPT_NAME: '/api', PATH_INFO: '/files')
    assert_equal 200, status(layer, '/api/a%20b', token, PATH_INFO: '/api/a b')
    assert_equal 200, status(layer, 'http://api.example/api/a', token, PATH_INFO: '/api/a')
    assert_equal 403, status(layer, 'http://api.example/health', PATH_INFO: '/api/a')
    bare = env_of('/api/files?x=1', token).reject { |name, _| name == 'REQUEST_URI' }
    assert_equal 200, layer.call(bare).first
    assert_equal 403, layer.call(bare.merge('PATH_INFO' => '/api/../health')).first
  end

  def test_other_forms_of_a_path_must_be_on_the_same_route
    open = [{ path: '/api/secret', scopes: %w[read:data] }, { path: '/only', methods: %w[GET], scopes: %w[admin:read] },
            { path: '/**', hosts: %w[inside.example], scopes: %w[admin:read] }, { path: '/**', public: true }]
    layer = Batten::Middleware.new(->(_env) { [200, {}, []] }, policy: policy(routes: open))
    assert_equal 401, status(layer, '/api/secret')
    # A route covers its further names: they ask for what it asks for.
    %w[/api/secret/ /api/secret.json].each do |path|
      assert_equal [401, 403, 200], [nil, token(scopes: []), token].map { |one| status(layer, path, one) }, path
    end
    assert_includes [401, 403], status(layer, '/api/secret.json/')
    assert_equal 401, status(layer, '/only', method: 'HEAD') # what answers GET answers HEAD
    %w[/only/ /only.json].each { |path| assert_equal [401, 403], [nil, token].map { |one| status(layer, path, one, method: 'HEAD') }, path }
    assert_equal 200, status(layer, '/assets/a.js')
    assert_equal 200, status(layer, '/')
    assert_equal 403, status(layer, '/x', HTTP_X_FORWARDED_HOST: 'inside.example')
    assert_equal 200, status(layer, '/x', HTTP_X_FORWARDED_HOST: 'outside.example')
    ['inside.example, x', 'x, inside.example', 'x,inside.example,y', ' inside.example ,', 'INSIDE.example'].each do |list|
      assert_equal 403, status(layer, '/x', HTTP_X_FORWARDED_HOST: list), list
    end
    ['host=inside.example', 'for=1.2.3.4;host="inside.example"', 'host=x, host=inside.example', 'Host = inside.example'].each do |field|
      assert_equal 403, status(layer, '/x', HTTP_FORWARDED: field), field
    end
    assert_equal 200, status(layer, '/x', HTTP_X_FORWARDED_HOST: 'a.example, b.example', HTTP_FORWARDED: 'for=1.2.3.4;host=a.example')
  end

  # The order that a config.ru may have: what Rack makes of the body comes after the decision.
  def test_no_body_that_rack_reads_changes_the_method_behind_the_decision
    seen = nil
    policy = policy(routes: [{ path: '/api/**', methods: %w[DELETE], scopes: %w[admin:read] }, { path: '/api/**', scopes: %w[read:data] }])
    layer = Batten::Middleware.new(Rack::MethodOverride.new(->(env) { (seen = env['REQUEST_METHOD']) && [200, {}, []] }), policy: policy)
    part = ->(name) { "--x\r\nContent-Disposition: form-data; name=\"#{name}\"\r\n\r\nDELETE\r\n--x--\r\n" }
    bodies = %w[form-data mixed related alternative].map { |kind| ["multipart/#{kind}; boundary=x", part.('_method')] } +
             ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=utf-8', nil, ''].map { |type| [type, '_method=DELETE'] } +
             [['application/x-www-form-urlencoded', 'a=b&%5fmethod=delete'], ['application/x-www-form-urlencoded', '_method=PUT&_method=DELETE']]
    bodies.each do |type, body|
      seen = nil
      status = status(layer, '/api/a', token, method: 'POST', input: body, CONTENT_TYPE: type, CONTENT_LENGTH: body.bytesize.to_s)
      assert [[403, nil], [200, 'POST']].include?([status, seen]), "#{type}: #{status} #{seen}"
    end
    assert_equal 200, status(layer, '/api/a', token, method: 'POST', input: part.('other'), CONTENT_TYPE: 'multipart/mixed; boundary=x', CONTENT_LENGTH: part.('other').bytesize.to_s)
    assert_equal 'POST', seen
  end

  # RFC 9449 sections 8 and 9
  def test_a_proof_needs_the_nonce_that_was_given_out
    key = World::EC.public_key.to_octet_string(:uncompressed)
    jwk = { crv: 'P-256', kty: 'EC', x: World.base64(key[1, 32]), y: World.base64(key[33, 32]) }
    bound = token(cnf: { jkt: World.base64(OpenSSL::Digest::SHA256.digest(JSON.generate(jwk))) })
    write('nonce.secret', SecureRandom.bytes(32), 0o600)
    binding = { dpop: 'required', dpop_nonce: true, dpop_nonce_life: '2s' }
    own, *shared = [{}, { dpop_nonce_key: 'nonce.secret' }, { dpop_nonce_key: 'nonce.secret' }].map { |more| middleware(binding: binding.merge(more)) }
    ask = lambda do |layer, nonce = nil|
      claims = { jti: SecureRandom.hex, htm: 'GET', htu: 'http://api.example/api/a', iat: Time.now.to_i, nonce: nonce,
                 ath: World.base64(OpenSSL::Digest::SHA256.digest(bound)) }.compact
      signed = [{ typ: 'dpop+jwt', alg: 'ES256', jwk: jwk }, claims].map { |part| World.base64(JSON.generate(part)) }.join('.')
      proof = "#{signed}.#{World.base64(World.signature(World::EC, 'ES256', signed))}"
      layer.call(env_of('/api/a', HTTP_AUTHORIZATION: "DPoP #{bound}", HTTP_DPOP: proof, 'rack.url_scheme': 'http'))
    end
    [own, *shared].each do |layer|
      status, headers, = ask.(layer)
      assert_equal [401, 'DPoP error="use_dpop_nonce"'], [status, headers['www-authenticate']]
      assert_equal 200, ask.(layer, headers['dpop-nonce']).first
      assert_equal 401, ask.(layer, 'f' * 32).first
    end
    assert_equal 200, ask.(shared[0], ask.(shared[1])[1]['dpop-nonce']).first
    assert_equal 401, ask.(own, ask.(shared[1])[1]['dpop-nonce']).first
    assert_equal 1, @log.string.scan('dpop_nonce_key').length
    nonce, seen = ask.(own)[1]['dpop-nonce'], []
    within(10) { (seen << ask.(own, nonce)).last.first == 401 }
    assert(seen.any? { |status, headers,| status == 200 && ![nil, nonce].include?(headers['dpop-nonce']) })
  end

  def test_eight_threads_are_decided_alike
    layer = middleware
    good, bad = token, token(aud: 'x')
    statuses = Array.new(8) { Thread.new { Array.new(200) { |i| layer.call(env_of('/api/a', i.even? ? good : bad)).first } } }
    assert_equal [[200, 401] * 100], statuses.map(&:value).uniq
    assert_equal 1600, layer.counts.values.sum
  end

  def test_collecting_garbage_at_every_allocation_changes_nothing
    layer = middleware(forward: { 'X-User-Email': 'email' })
    good = env_of('/api/a', token(email: 'a@b.example'))
    GC.stress = true
    answers = [layer.call(good).first, layer.call(env_of('/api/a', 'x')).first]
    GC.stress = false
    assert_equal [200, 401], answers
  ensure
    GC.stress = false
  end
end
