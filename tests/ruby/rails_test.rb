# frozen_string_literal: true

require_relative 'helper'
require 'rack'
require 'rails'
require 'action_controller/railtie'
require 'batten/railtie' # the helper has loaded batten before Rails; in an application Rails comes first

# A real application in one file, with the middlewares that Rails brings.
class RailsTest < BattenTest
  class FilesController < ActionController::API
    include Batten::Controller
    require_scope 'read:data'
    require_scope 'write:data', only: :create

    def index = render(json: { action: 'index', sub: batten_claims && batten_claims['sub'], scopes: batten_scopes })
    def create = render(json: { action: 'create' })
    def destroy = render(json: { action: 'destroy' })
  end

  # Guarded by the middleware alone.
  class NotesController < ActionController::API
    def index = render(json: { action: 'index' })
    def create = render(json: { action: 'create' })
    def destroy = render(json: { action: 'destroy' })
  end

  class OpenController < ActionController::API
    def show = render(json: { action: 'open' })
  end

  # What a sink refuses, with the concern and without.
  module Sinks
    def file = render(plain: Batten::SafeFile.read(HOME, params[:name]))
    def print = Batten::SafeProcess.run(['cat', params[:name]])
  end

  class KeptController < ActionController::API
    include Batten::Controller
    include Sinks
  end

  class PlainController < ActionController::API
    include Sinks
  end

  SECRET = SecureRandom.bytes(32)
  HOME = Dir.mktmpdir('batten-rails-')
  File.binwrite(File.join(HOME, 'key.secret'), SECRET)
  File.chmod(0o600, File.join(HOME, 'key.secret'))
  RULES = { version: 1, issuers: [{ issuer: World::ISSUER, algorithms: ['HS256'], audiences: [World::AUDIENCE], keys: { file: 'key.secret' } }],
            scopes: { claim: 'scopes', allow: %w[read:data write:data] },
            # The dangerous shape: what no route names is open.
            routes: %w[/api/files /api/notes].flat_map { |path|
              [{ path: path, methods: %w[GET POST], scopes: %w[read:data] }, { path: path, methods: %w[DELETE], scopes: %w[write:data] }]
            } + [{ path: '/**', public: true }] }.freeze
  File.write(File.join(HOME, 'policy.yml'), JSON.generate(RULES))
  Minitest.after_run { FileUtils.remove_entry(HOME) }

  class Application < Rails::Application
    config.root = HOME
    config.eager_load = false
    config.secret_key_base = 'x' * 64
    config.logger = Logger.new(File::NULL)
    config.hosts.clear
    config.consider_all_requests_local = false
    config.middleware.use Batten::Middleware, policy: File.join(HOME, 'policy.yml')
  end
  Application.initialize!
  Application.routes.draw do
    { '/api/files' => FilesController, '/api/notes' => NotesController }.each do |path, controller|
      get path, to: controller.action(:index)
      post path, to: controller.action(:create)
      delete path, to: controller.action(:destroy)
    end
    { 'kept' => KeptController, 'plain' => PlainController }.each do |name, controller|
      get "/#{name}/file", to: controller.action(:file)
      get "/#{name}/print", to: controller.action(:print)
    end
    match '*path', to: OpenController.action(:show), via: :all
    root to: OpenController.action(:show)
  end

  # Rails without the middleware: the router alone, with the method that Rails reads.
  BARE = Rack::MethodOverride.new(Application.routes)

  def env_of(target, method: 'GET', bearer: nil, decoded: false, **more)
    path, _, query = target.partition('?')
    env = Rack::MockRequest.env_for('/', method: method, input: more.delete(:input) || '')
    env.merge!('REQUEST_URI' => target, 'PATH_INFO' => decoded ? Rack::Utils.unescape_path(path) : path, 'QUERY_STRING' => query, 'HTTP_HOST' => 'api.example')
    env['HTTP_AUTHORIZATION'] = "Bearer #{bearer}" if bearer
    env.merge(more.transform_keys(&:to_s))
  end

  # What Rails itself cannot read ends in an exception before it is routed.
  def call(app, env)
    status, headers, body = app.call(env)
    text = +''
    body.each { |part| text << part }
    body.close if body.respond_to?(:close)
    [status, headers, text]
  rescue ArgumentError, ActionController::BadRequest
    [400, {}, '']
  end

  def test_what_a_sink_refuses_is_the_clients_fault
    log = StringIO.new
    Rails.logger = ActionController::Base.logger = Logger.new(log)
    %w[kept plain].each do |controller|
      answers = %w[file?name=policy.yml file?name=none file?name=../x file?name=%2Fetc%2Fpasswd print?name=-x].map { |path| Rack::MockRequest.new(Application).get("/#{controller}/#{path}").status }
      assert_equal [200, 404, 403, 403, 403], answers, controller
      refute_match(/FATAL/, log.string) if controller == 'kept'
    end
  ensure
    Rails.logger = ActionController::Base.logger = Application.config.logger
  end

  def test_token_and_scopes_decide_in_policy_and_controller
    good = World.token(SECRET)
    status, _, body = call(Application, env_of('/api/files', bearer: good))
    assert_equal [200, { 'action' => 'index', 'sub' => 'user-7', 'scopes' => %w[read:data] }], [status, JSON.parse(body)]
    status, headers, body = call(Application, env_of('/api/files', method: 'POST', bearer: good))
    assert_equal [403, 'Bearer error="insufficient_scope", scope="write:data"', ''], [status, headers['WWW-Authenticate'], body]
    assert_equal 200, call(Application, env_of('/api/files', method: 'POST', bearer: World.token(SECRET, scopes: %w[read:data write:data]))).first
    assert_equal 401, call(Application, env_of('/api/files')).first
    assert_equal 200, call(Application, env_of('/elsewhere')).first
    assert_equal 403, call(Application, env_of('/api/files', method: 'DELETE', bearer: good)).first
    assert_equal 401, call(FilesController.action(:index), env_of('/')).first, 'the concern alone refuses too'
    assert_raises(ArgumentError) { FilesController.require_scope('two words') }
  end

  # Whatever Rails routes to a protected action was not let through without a token.
  def test_no_variant_of_a_protected_path_gets_by_without_a_token
    reached = blocked = 0
    variants.each do |target|
      [false, true].each do |decoded|
        %w[GET HEAD POST DELETE].each do |method|
          routed = protected_action?(target, method, decoded)
          status, _, body = quietly { call(Application, env_of(target, method: method, decoded: decoded)) }
          refute_match(/index|create|destroy/, body, [target, method])
          reached += 1 if routed
          blocked += 1 if routed && [400, 401, 403].include?(status)
        end
      end
    end
    assert_operator variants.length, :>=, 200
    assert_operator reached, :>, 40, 'the variants reach the protected action where nothing guards'
    assert_equal reached, blocked
  end

  def test_no_way_of_naming_a_method_gets_by
    write = { CONTENT_TYPE: 'application/x-www-form-urlencoded' }
    ways = [{ input: '_method=DELETE', **write }, { input: '_method=delete&a=b', **write }, { input: '%5fmethod=DELETE', **write }, { HTTP_X_HTTP_METHOD_OVERRIDE: 'DELETE' },
            { HTTP_X_HTTP_METHOD_OVERRIDE: 'delete' }]
    reader = World.token(SECRET, scopes: %w[read:data])
    ways.each do |way|
      env = -> { env_of('/api/notes', method: 'POST', bearer: reader, CONTENT_LENGTH: (way[:input] || '').bytesize.to_s, **way) }
      refute_match(/destroy/, call(Rack::MethodOverride.new(Application), env.call)[2], way)
      assert_equal 403, call(Application, env.call).first, way
    end
  end

  private

  # Rails says on standard error what it cannot read.
  def quietly
    answer = nil
    capture_io { answer = yield }
    answer
  end

  def protected_action?(target, method, decoded)
    env = env_of(target, method: method, decoded: decoded)
    env['REQUEST_METHOD'] = 'GET' if method == 'HEAD'
    call(BARE, env)[2].match?(/index|create|destroy/)
  end

  def variants
    @variants ||= begin
      ends = ['', '/', '//', '/.', '.json', '.json/', '.', '..', '/..', ';', ';a=b', '%20', '%00', '%2f', '%2F', '%2e', '?', '?a=b', '?_method=DELETE', '#', '%23', '%3f', '\\', '%5c', "\t", '%09', '%0a', '.xml', '.%6ason', '/%2e', '/.json', '.html?x']
      starts = ['', '/', '/.', '/x/..', '/%2e', '/%2e%2e', '/./', '//', '/x/%2e%2e', '\\', '/%2f', 'http://api.example', 'http://evil.example', 'HTTP://x', '%2f', ';/', '/;x', '/%5c']
      middles = ['/api/notes', '/api//notes', '/api/./notes', '/api/x/../notes', '/api%2fnotes', '/api%2Fnotes', '/%61pi/notes', '/api/%6eotes', '/api/%256eotes', '/API/notes', '/api/Notes', '/api;/notes', '/api/notes%', '/api\\notes', '/api%5cnotes', '/api/n%6ftes',
                 '/api/%2e/notes', '/api/%2E%2E/api/notes', "/api/n\u043etes", '/api/%c0%anotes', '/api/..;/api/notes', '/api%00/notes', '/api/not%65s']
      (starts.product(['/api/notes'], ends.first(12)) + [''].product(middles, ends.first(8)) + [''].product(['/api/notes'], ends)).map(&:join).uniq
    end
  end
end
