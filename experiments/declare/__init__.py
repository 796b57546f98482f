"""What a person writes, checked: ablations, configs, the data sheets of tricks."""
