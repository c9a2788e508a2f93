# frozen_string_literal: true

module Batten
  VERSION = '0.1.0'
end
