// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Backstop and insurance as far as open-interest caps ask them
contract TestCapital {
    uint32 private _account;
    uint256 private _available;

    /// @notice Sets the backstop's account and what insurance would pay, quote, WAD. Anyone.
    function set(uint32 account, uint256 available_) external {
        (_account, _available) = (account, available_);
    }

    function accountOf(uint8) external view returns (uint32) {
        return _account;
    }

    function available(uint8) external view returns (uint256) {
        return _available;
    }
}
