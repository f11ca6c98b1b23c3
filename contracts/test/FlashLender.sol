// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";

/// @title Lends whatever it holds within one call (ERC-3156)
contract FlashLender is IERC3156FlashLender {
    using SafeERC20 for IERC20;

    bytes32 private constant AGREED = keccak256("ERC3156FlashBorrower.onFlashLoan");

    /// @notice The fee, parts per million of what is lent.
    uint256 public immutable FEE;

    /// @notice The borrower did not agree to the loan.
    error NotAgreed(IERC3156FlashBorrower borrower);

    constructor(uint256 fee) {
        FEE = fee;
    }

    /// @inheritdoc IERC3156FlashLender
    function flashLoan(
        IERC3156FlashBorrower receiver,
        address token,
        uint256 amount,
        bytes calldata data
    ) external returns (bool) {
        uint256 fee = flashFee(token, amount);
        IERC20(token).safeTransfer(address(receiver), amount);
        if (receiver.onFlashLoan(msg.sender, token, amount, fee, data) != AGREED) revert NotAgreed(receiver);
        IERC20(token).safeTransferFrom(address(receiver), address(this), amount + fee);
        return true;
    }

    /// @inheritdoc IERC3156FlashLender
    function maxFlashLoan(address token) external view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    /// @inheritdoc IERC3156FlashLender
    /// @dev Rounded up.
    function flashFee(address, uint256 amount) public view returns (uint256) {
        return (amount * FEE + 999_999) / 1e6;
    }
}
