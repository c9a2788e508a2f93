# frozen_string_literal: true

module Batten
  # What a sink refuses is no failure of the application: 403, or 404 where there is no such file.
  class Railtie < ::Rails::Railtie
    config.action_dispatch.rescue_responses.merge!('Batten::SinkRefused' => :forbidden, 'Batten::SinkNotFound' => :not_found)
  end
end
