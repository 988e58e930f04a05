"""An instrument whose recipes misbehave, for the tests of those who must survive them."""
