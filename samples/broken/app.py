"""An app that Python cannot even read. Deploy it to see what AeroGrid says about it."""

print("The closing parenthesis is missing"
