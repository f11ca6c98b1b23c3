// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IUniswapV3FlashCallback} from "@uniswap/v3-core/contracts/interfaces/callback/IUniswapV3FlashCallback.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

/// @title A wallet that does several things in one transaction, with borrowed money if need be
/// @notice What attackers deploy. Accounts it opens and tokens it holds are its own; only its owner moves it.
contract ContractWallet is IERC3156FlashBorrower, IUniswapV3FlashCallback {
    using SafeERC20 for IERC20;

    /// @notice One call of a sequence.
    struct Call {
        address to;
        bytes data;
    }

    bytes32 private constant AGREED = keccak256("ERC3156FlashBorrower.onFlashLoan");

    address public immutable OWNER;

    /// @dev Who may call back: the lender of the loan that is running.
    address private _lender;

    /// @notice Only the owner moves the wallet, and only the lender of a running loan calls it back.
    error NotAllowed(address caller);

    constructor() {
        OWNER = msg.sender;
    }

    /// @notice Makes the calls in order; the first that fails fails all, with its own error. Only the owner.
    function execute(Call[] calldata calls) external {
        _requireOwner();
        _execute(calls);
    }

    /// @notice Borrows from an ERC-3156 lender, makes the calls, and pays back. Only the owner.
    function borrow(IERC3156FlashLender lender, address token, uint256 amount, Call[] calldata calls) external {
        _requireOwner();
        _lender = address(lender);
        lender.flashLoan(this, token, amount, abi.encode(calls));
        _lender = address(0);
    }

    /// @notice Borrows from a Uniswap v3 pool, makes the calls, and pays back. The pool is locked meanwhile. Only the owner.
    function borrowFromPool(IUniswapV3Pool pool, uint256 amount0, uint256 amount1, Call[] calldata calls) external {
        _requireOwner();
        _lender = address(pool);
        pool.flash(address(this), amount0, amount1, abi.encode(amount0, amount1, calls));
        _lender = address(0);
    }

    /// @inheritdoc IERC3156FlashBorrower
    function onFlashLoan(
        address initiator,
        address token,
        uint256 amount,
        uint256 fee,
        bytes calldata data
    ) external returns (bytes32) {
        if (msg.sender != _lender || initiator != address(this)) revert NotAllowed(msg.sender);
        _execute(abi.decode(data, (Call[])));
        IERC20(token).forceApprove(msg.sender, amount + fee);
        return AGREED;
    }

    /// @inheritdoc IUniswapV3FlashCallback
    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        if (msg.sender != _lender) revert NotAllowed(msg.sender);
        (uint256 amount0, uint256 amount1, Call[] memory calls) = abi.decode(data, (uint256, uint256, Call[]));
        _execute(calls);
        IUniswapV3Pool pool = IUniswapV3Pool(msg.sender);
        if (amount0 != 0) IERC20(pool.token0()).safeTransfer(msg.sender, amount0 + fee0);
        if (amount1 != 0) IERC20(pool.token1()).safeTransfer(msg.sender, amount1 + fee1);
    }

    function _execute(Call[] memory calls) private {
        for (uint256 i; i < calls.length; ++i) {
            if (!LowLevelCall.callNoReturn(calls[i].to, calls[i].data)) LowLevelCall.bubbleRevert();
        }
    }

    function _requireOwner() private view {
        if (msg.sender != OWNER) revert NotAllowed(msg.sender);
    }
}
