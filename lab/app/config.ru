# frozen_string_literal: true

# The lab's API: one Rails application, weak or strict by SIDE. lab/run starts it; see lab/README.md.
require 'rails'
require 'action_controller/railtie'
require 'jwt'
require 'sqlite3'

require_relative 'lib/lab'
require_relative 'lib/keys'
require_relative 'lib/tokens'
require_relative 'lib/strict_verifier'
require_relative 'lib/api_controller'
Dir[File.join(__dir__, 'flaws', '*.rb')].sort.each { |family| require family }

class LabApplication < Rails::Application
  config.root = __dir__
  config.api_only = true
  config.eager_load = false
  config.consider_all_requests_local = false
  config.secret_key_base = SecureRandom.hex(32)
  config.logger = Logger.new(File::NULL)
  config.hosts.clear
  [Rack::Sendfile, Rack::Runtime, Rack::ETag, Rack::ConditionalGet, ActionDispatch::RemoteIp, ActionDispatch::RequestId,
   ActionDispatch::Callbacks, Rails::Rack::Logger].each { |layer| config.middleware.delete(layer) }
  Lab.middleware.each { |layer| config.middleware.insert_before(0, layer) }
end

LabApplication.initialize!
LabApplication.routes.draw do
  Lab.operations.each { |o| match o.path, to: o.controller.action(o.action), via: o.verb }
  get '/healthz', to: ->(_env) { [200, { 'Content-Type' => 'text/plain' }, ["ready\n"]] }
  match '*path', to: NothingController.action(:show), via: :all
  root to: NothingController.action(:show)
end

Tokens.publish(Lab.state) # what a scanner is given
Thread.new { exit!(0) if $stdin.read } # who started the lab holds its standard input: when it ends, so does the lab
run LabApplication
