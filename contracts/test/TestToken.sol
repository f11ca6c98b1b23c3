// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title A well-behaved token of any number of decimals, minted by anyone, for tests and the lab
contract TestToken is ERC20Permit {
    uint8 private immutable _decimals;

    constructor(string memory name, string memory symbol, uint8 decimals_) ERC20(name, symbol) ERC20Permit(name) {
        _decimals = decimals_;
    }

    /// @notice Mints `amount`, in the token's smallest unit, to `to`. Anyone.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice How many of the smallest unit make one token, as a power of ten.
    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}
